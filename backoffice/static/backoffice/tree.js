// The tree explorer: asks for what is opened, draws it, and walks it by keyboard.
"use strict";
(() => {
    const root = document.getElementById("tree-explorer");
    const list = document.getElementById("tree-nodes");
    if (!root) return;
    const search = document.getElementById("tree-search");
    const found = document.getElementById("tree-found");
    const upline = document.getElementById("tree-upline");
    const card = document.getElementById("tree-card");
    const known = new Map();
    let cardTimer = 0;
    let searchTimer = 0;
    let middle = 0;

    function make(tag, className, text) {
        const element = document.createElement(tag);
        if (className) element.className = className;
        if (text !== undefined) element.textContent = text;
        return element;
    }
    const number = (count) => count.toLocaleString("en");
    const address = (kind, id) => root.dataset[kind].replace("/0/", `/${id}/`);

    async function ask(url) {
        const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (answer.redirected) window.location.reload();
        const body = await answer.json();
        if (!answer.ok) throw new Error(body.error || "The tree did not answer. Try again.");
        return body;
    }

    function complain(error) {
        card.replaceChildren(make("p", "bo-empty bo-needs-text", error.message || "The tree did not answer. Try again."));
    }

    // --- Drawing ----------------------------------------------------------------------------
    function remember(nodes) {
        for (const node of nodes) {
            const before = known.get(node.path) || {};
            known.set(node.path, { ...before, ...node });
        }
        const deepest = Math.max(...nodes.map((node) => node.path.length));
        // Whoever is above the deepest level that was asked for has told all their children.
        for (const node of nodes) {
            if (node.path.length < deepest || deepest - nodes[0].path.length < 2) known.get(node.path).complete = true;
        }
    }

    function row(node) {
        const item = make("li", "bo-tree-item");
        item.id = `node-${node.id}`;
        item.dataset.path = node.path;
        item.setAttribute("role", "treeitem");
        item.setAttribute("aria-level", String(node.path.length - known.get(middlePath()).path.length + 1));
        item.tabIndex = -1;
        const line = make("div", "bo-tree-line");
        const total = node.left + node.right;
        if (total) {
            item.setAttribute("aria-expanded", "false");
            const toggle = make("button", "bo-tree-toggle", "▸");
            toggle.type = "button";
            toggle.tabIndex = -1;
            toggle.setAttribute("aria-hidden", "true");
            line.append(toggle);
        } else {
            line.append(make("span", "bo-tree-toggle"));
        }
        if (node.side) line.append(make("span", "bo-tree-side", node.side));
        const name = make("span", "bo-tree-name", node.name);
        name.title = node.code;
        line.append(name, make("span", `bo-badge bo-${node.tone}`, node.state));
        const legs = make("span", "bo-tree-legs", total ? `${number(node.left)} · ${number(node.right)}` : "nobody below");
        legs.title = `${number(node.left)} left, ${number(node.right)} right`;
        line.append(legs);
        item.append(line);
        return item;
    }

    const middlePath = () => [...known.values()].find((node) => node.id === middle).path;
    const itemOf = (path) => list.querySelector(`[data-path="${path}"]`);
    const isOpen = (item) => item.getAttribute("aria-expanded") === "true";

    function children(path) {
        const group = make("ul", "bo-tree-group");
        group.setAttribute("role", "group");
        for (const digit of "01") {
            const below = known.get(path + digit);
            if (below) group.append(row(below));
            else {
                const free = make("li", "bo-tree-free", `${digit === "0" ? "left" : "right"} is free`);
                free.setAttribute("role", "none");
                group.append(free);
            }
        }
        return group;
    }

    async function open(item) {
        const node = known.get(item.dataset.path);
        if (!node || isOpen(item) || !item.hasAttribute("aria-expanded")) return;
        if (!node.complete) {
            item.setAttribute("aria-busy", "true");
            try {
                remember((await ask(address("branch", node.id))).nodes);
            } catch (error) {
                complain(error);
                return;
            } finally {
                item.removeAttribute("aria-busy");
            }
        }
        item.setAttribute("aria-expanded", "true");
        item.querySelector(".bo-tree-toggle").textContent = "▾";
        if (!item.querySelector(":scope > [role=group]")) item.append(children(node.path));
    }

    function close(item) {
        item.setAttribute("aria-expanded", "false");
        item.querySelector(".bo-tree-toggle").textContent = "▸";
        const group = item.querySelector(":scope > [role=group]");
        if (group) group.remove();
    }

    function drawUpline(branch) {
        upline.replaceChildren();
        branch.upline.forEach((person, index) => {
            if (index) upline.append(make("span", "bo-tree-step", index === 1 && branch.hidden ? `› … ${branch.hidden} more ›` : "›"));
            const button = make("button", "bo-tree-crumb", person.name);
            button.type = "button";
            button.dataset.member = person.id;
            button.title = `${person.code}, level ${person.depth}`;
            upline.append(button);
        });
        if (branch.upline.length) upline.append(make("span", "bo-tree-step", "›"));
        upline.append(make("strong", "", branch.nodes[0].name));
    }

    // Puts a member into the middle: who is above as breadcrumbs, two levels open below.
    async function show(id, { push = true, focus = true } = {}) {
        let branch;
        try {
            branch = await ask(address("branch", id));
        } catch (error) {
            complain(error);
            return;
        }
        known.clear();
        middle = branch.nodes[0].id;
        remember(branch.nodes);
        drawUpline(branch);
        const top = row(branch.nodes[0]);
        list.replaceChildren(top);
        await open(top);
        for (const item of list.querySelectorAll("[role=group] > [role=treeitem]")) await open(item);
        choose(top, { focus });
        if (push) {
            const url = new URL(window.location.href);
            url.searchParams.set("member", middle);
            window.history.pushState({ member: middle }, "", url);
        }
    }

    // --- The card ---------------------------------------------------------------------------
    function drawCard(told) {
        const title = make("h2", "bo-panel-title");
        title.append(make("span", "", told.name), make("span", `bo-badge bo-${told.tone}`, told.state));
        const facts = make("dl", "bo-facts");
        facts.append(fact("Code", told.code));
        for (const [term, words] of told.facts) facts.append(fact(term, words));
        const foot = make("div", "bo-tree-foot");
        if (told.url) {
            const page = make("a", "bo-button bo-button-primary", "Open the page");
            page.href = told.url;
            foot.append(page);
        }
        if (told.sponsor) {
            const sponsor = make("button", "bo-button", "To the sponsor");
            sponsor.type = "button";
            sponsor.dataset.member = told.sponsor;
            foot.append(sponsor);
        }
        card.replaceChildren(title, facts, foot);
    }

    function fact(term, words) {
        const pair = make("div", "bo-wide");
        pair.append(make("dt", "", term), make("dd", "", words));
        return pair;
    }

    function choose(item, { focus = true } = {}) {
        for (const other of list.querySelectorAll("[aria-selected=true]")) {
            other.removeAttribute("aria-selected");
            other.tabIndex = -1;
        }
        item.setAttribute("aria-selected", "true");
        item.tabIndex = 0;
        if (focus) item.focus({ preventScroll: true });
        item.firstElementChild.scrollIntoView({ block: "nearest" });
        clearTimeout(cardTimer);
        const { id } = known.get(item.dataset.path);
        // Holding an arrow key down passes many: only where one stays is asked about.
        cardTimer = setTimeout(async () => {
            try {
                drawCard(await ask(address("card", id)));
            } catch (error) {
                complain(error);
            }
        }, 120);
    }

    // --- Keys and clicks --------------------------------------------------------------------
    const shown = () => [...list.querySelectorAll("[role=treeitem]")];
    const above = (item) => item.parentElement.closest("[role=treeitem]");

    const keys = {
        ArrowDown: (item) => step(item, 1),
        ArrowUp: (item) => step(item, -1),
        Home: () => choose(shown()[0]),
        End: () => choose(shown().at(-1)),
        ArrowRight: (item) => {
            if (isOpen(item)) step(item, 1);
            else open(item);
        },
        ArrowLeft: (item) => {
            if (isOpen(item)) close(item);
            else if (above(item)) choose(above(item));
        },
        Enter: (item) => show(known.get(item.dataset.path).id),
        Backspace: () => {
            const nearest = [...upline.querySelectorAll("[data-member]")].at(-1);
            if (nearest) show(nearest.dataset.member);
        },
    };

    function step(item, by) {
        const items = shown();
        const next = items[items.indexOf(item) + by];
        if (next) choose(next);
    }

    if (list) {
        list.addEventListener("keydown", (event) => {
            const item = event.target.closest("[role=treeitem]");
            if (!item || !keys[event.key] || event.metaKey || event.ctrlKey || event.altKey) return;
            event.preventDefault();
            event.stopPropagation();
            keys[event.key](item);
        });
        list.addEventListener("click", (event) => {
            const item = event.target.closest("[role=treeitem]");
            if (!item) return;
            choose(item);
            if (event.target.closest(".bo-tree-toggle")) {
                if (isOpen(item)) close(item);
                else open(item);
            } else if (!isOpen(item)) open(item);
        });
        list.addEventListener("dblclick", (event) => {
            const item = event.target.closest("[role=treeitem]");
            if (item) show(known.get(item.dataset.path).id);
        });
    }
    root.addEventListener("click", (event) => {
        const to = event.target.closest("[data-member]");
        if (to) show(to.dataset.member);
    });
    window.addEventListener("popstate", (event) => {
        const id = (event.state && event.state.member) || root.dataset.first;
        show(id, { push: false });
    });

    // --- Search -----------------------------------------------------------------------------
    function hideFound() {
        found.hidden = true;
        search.setAttribute("aria-expanded", "false");
    }

    function drawFound(people) {
        found.replaceChildren();
        if (!people.length) found.append(make("li", "bo-empty", "Nobody is called so."));
        for (const person of people) {
            const option = make("li", "bo-tree-option");
            option.setAttribute("role", "option");
            option.append(make("strong", "", person.name), make("span", "bo-small", ` ${person.code} · ${person.where}`));
            if (person.placed) option.dataset.found = person.id;
            else option.setAttribute("aria-disabled", "true");
            found.append(option);
        }
        mark(0);
        found.hidden = false;
        search.setAttribute("aria-expanded", "true");
    }

    const options = () => [...found.querySelectorAll("[data-found]")];
    const marked = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

    function mark(index) {
        const all = options();
        const at = Math.max(0, Math.min(index, all.length - 1));
        all.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
        if (all[at]) all[at].scrollIntoView({ block: "nearest" });
    }

    function take(option) {
        if (!option) return;
        hideFound();
        search.value = "";
        show(option.dataset.found);
    }

    search.addEventListener("input", () => {
        clearTimeout(searchTimer);
        const text = search.value.trim();
        if (!text) {
            hideFound();
            return;
        }
        searchTimer = setTimeout(async () => {
            try {
                const told = await ask(`${root.dataset.search}?q=${encodeURIComponent(text)}`);
                if (search.value.trim() === text) drawFound(told.found);
            } catch (error) {
                complain(error);
            }
        }, 200);
    });
    search.addEventListener("keydown", (event) => {
        const act = {
            ArrowDown: () => mark(marked() + 1),
            ArrowUp: () => mark(marked() - 1),
            Enter: () => take(options()[Math.max(marked(), 0)]),
            Escape: hideFound,
        }[event.key];
        if (!act || found.hidden) return;
        event.preventDefault();
        act();
    });
    found.addEventListener("click", (event) => take(event.target.closest("[data-found]")));
    document.addEventListener("click", (event) => {
        if (!event.target.closest(".bo-tree-find")) hideFound();
    });
    const roots = document.getElementById("tree-roots");
    if (roots) roots.addEventListener("change", () => roots.value && show(roots.value));

    if (list) show(root.dataset.first, { push: false, focus: false });
})();
