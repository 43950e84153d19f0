// Small helpers of every screen. Without them each page still works with a mouse and links.
"use strict";
(() => {
    const one = (selector, root = document) => root.querySelector(selector);
    const all = (selector, root = document) => [...root.querySelectorAll(selector)];
    const typing = (target) =>
        target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
    const page = () => window.Alpine && window.Alpine.$data(document.body);
    const dialogIsOpen = () => Boolean(page() && (page().openModal || page().shortcutsOpen));

    // --- Copying an id ----------------------------------------------------------------------
    async function copy(button) {
        try {
            await navigator.clipboard.writeText(button.dataset.copy);
            button.classList.add("bo-copied");
            setTimeout(() => button.classList.remove("bo-copied"), 1500);
        } catch {
            window.getSelection().selectAllChildren(button);
        }
    }

    // --- Lists: the whole row opens, j/k/o/x walk -------------------------------------------
    let here = -1;
    const rows = () => all("#result_list .data-row");
    const linkOf = (row) => one(".bo-row-link, th a, td a", row);

    function stand(index) {
        const found = rows();
        if (!found.length) return;
        here = Math.max(0, Math.min(index, found.length - 1));
        found.forEach((row, at) => row.classList.toggle("bo-here", at === here));
        found[here].scrollIntoView({ block: "nearest" });
    }

    function openRow(event) {
        const row = event.target.closest("#result_list .data-row");
        if (!row || event.target.closest("a, button, input, label, details, select")) return;
        if (String(window.getSelection())) return;
        const link = linkOf(row);
        if (!link) return;
        if (event.metaKey || event.ctrlKey) window.open(link.href, "_blank", "noopener");
        else link.click();
    }

    // On a list Unfold's own "/" stands in its search; elsewhere it opens the search of everything.
    const search = () => one("#searchbar") || window.dispatchEvent(new CustomEvent("opencommand"));

    const keys = {
        "/": search,
        j: () => stand(here + 1),
        k: () => stand(here - 1),
        o: () => rows()[here] && linkOf(rows()[here]) && linkOf(rows()[here]).click(),
        x: () => {
            const box = rows()[here] && one("input.action-select", rows()[here]);
            if (box) box.click();
        },
        e: () => {
            const step = one("[data-primary-step]");
            if (step) step.click();
        },
    };

    document.addEventListener("keydown", (event) => {
        if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
        if (dialogIsOpen() || !keys[event.key]) return;
        event.preventDefault();
        keys[event.key]();
    });

    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-copy]");
        if (button) {
            event.preventDefault();
            copy(button);
            return;
        }
        all("details.bo-menu[open]").forEach((menu) => {
            if (!menu.contains(event.target)) menu.open = false;
        });
        openRow(event);
    });

    // --- Help: our keys beside Unfold's -----------------------------------------------------
    document.addEventListener("DOMContentLoaded", () => {
        const lists = all("[x-show='shortcutsOpen'] ul");
        if (!lists.length) return;
        const words = { "/": "Search", j: "Next row", k: "Row before", o: "Open the row", x: "Select the row", e: "First step of the record", "?": "This help" };
        const sheet = document.createElement("div");
        sheet.className = "bo-shortcuts";
        for (const [key, means] of Object.entries(words)) {
            const cap = document.createElement("kbd");
            cap.textContent = key;
            const text = document.createElement("span");
            text.textContent = means;
            sheet.append(cap, text);
        }
        lists[0].parentElement.before(sheet);
    });

    // --- Dialogs: focus, errors, an ended session -------------------------------------------
    // Once it is settled: a form sent a moment earlier would be the browser's own and do nothing.
    document.addEventListener("htmx:afterSettle", (event) => {
        const dialog = one("#modal-content #dialog");
        if (!dialog || !(event.target.id === "modal-content" || event.target.id === "dialog")) return;
        const wrong = one(".errors input, .errors textarea, .errors select", dialog);
        const first = one("textarea, input:not([type=hidden]):not([type=checkbox]):not([name=on]), select", dialog);
        const button = one(".bo-dialog-foot [type=submit], .bo-dialog-foot button", dialog);
        // In a queue Enter takes the step, as its focused button would, unless something must be said.
        const step = one("[data-queue]") && !(first && first.required) && one("button[type=submit]", dialog);
        focusWhenShown(wrong || step || first || button, { preventScroll: !wrong });
    });

    // What is hidden takes no focus, and on a busy machine a dialog shows a moment after it is filled.
    function focusWhenShown(target, options, frames = 180) {
        if (!target || !target.isConnected || document.activeElement === target) return;
        target.focus(options);
        if (frames) requestAnimationFrame(() => focusWhenShown(target, options, frames - 1));
    }

    // A session that ended answers with the login page: go there instead of showing nothing.
    document.addEventListener("htmx:beforeSwap", (event) => {
        if ((event.detail.xhr.responseURL || "").includes("/admin/login/")) {
            event.detail.shouldSwap = false;
            window.location.reload();
        }
    });

    function say(text) {
        const place = one("#modal-content #dialog-form") || one("#content-main, #content");
        if (!place) return;
        const alert = document.createElement("p");
        alert.className = "bo-alert";
        alert.setAttribute("role", "alert");
        alert.textContent = text;
        place.prepend(alert);
        alert.scrollIntoView({ block: "nearest" });
    }

    document.addEventListener("htmx:responseError", (event) => {
        const xhr = event.detail.xhr;
        const answer = new DOMParser().parseFromString(xhr.responseText || "", "text/html");
        const told = one("[data-error-sentence], main p, #content p", answer);
        const id = xhr.getResponseHeader("X-Request-ID");
        const words = {
            403: "You may not do this.",
            404: "This is not there any more.",
            429: "Too many requests; wait a moment.",
        };
        const sentence = (xhr.status < 500 && told && told.textContent.trim()) || words[xhr.status]
            || `That did not work, and nothing is known to have changed. Error ${id || xhr.status}.`;
        say(sentence);
    });
    document.addEventListener("htmx:sendError", () => say("The server cannot be reached. Nothing was changed; try again."));

    // --- Forms: sent once, not left by mistake ----------------------------------------------
    let unsaved = false;
    document.addEventListener("input", (event) => {
        if (event.target.closest("[data-unsaved]") && event.target.type !== "search") unsaved = true;
    });
    document.addEventListener("submit", (event) => {
        unsaved = false;
        if (!event.target.matches("[data-once]")) return;
        const button = one("[type=submit]", event.target);
        setTimeout(() => button && (button.disabled = true));
    });
    document.addEventListener("htmx:afterRequest", (event) => {
        if (event.target.closest && event.target.closest("form[data-unsaved][hx-post]")) unsaved = false;
    });
    window.addEventListener("beforeunload", (event) => {
        if (unsaved) event.preventDefault();
    });

    // --- Booking for a caller: a customer and their saved addresses -------------------------
    function offerAddresses(templates) {
        all("[data-saved-for]").forEach((place) => {
            place.replaceChildren(...templates.map((saved) => {
                const button = document.createElement("button");
                button.type = "button";
                button.textContent = saved.dataset.savedAddress;
                button.addEventListener("click", () => fill(place.dataset.savedFor, saved.dataset));
                return button;
            }));
        });
    }

    function fill(place, values) {
        for (const part of ["address_line_1", "address_line_2", "city", "state", "zip_code", "access_notes"]) {
            const field = one(`#id_${place}_${part}`);
            if (field) field.value = values[part] || "";
        }
        one("#id_pickup_city").dispatchEvent(new Event("change", { bubbles: true }));
    }

    function choose(pick) {
        one("#id_customer").value = pick ? pick.dataset.pick : "";
        one("#chosen-name").textContent = pick ? pick.dataset.pickName : "";
        one("#chosen-contact").textContent = pick ? pick.dataset.pickContact : "";
        one("#chosen").hidden = !pick;
        one("#who").hidden = Boolean(pick);
        offerAddresses(pick ? all("template", pick.parentElement) : []);
    }

    document.addEventListener("click", (event) => {
        const pick = event.target.closest("[data-pick]");
        if (pick && one("#new-booking")) {
            event.preventDefault();
            choose(pick);
        } else if (event.target.closest("[data-unpick]")) {
            choose(null);
            one("#id_find") && one("#id_find").focus();
        }
    });
    document.addEventListener("DOMContentLoaded", () => {
        if (one("#saved-addresses")) offerAddresses(all("#saved-addresses template"));
    });
})();
