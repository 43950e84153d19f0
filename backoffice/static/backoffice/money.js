// Queues by keyboard (j, k, a, d), small dialogs, and tables whose rows are ticked.
(() => {
  const typing = (target) =>
    target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null ||
    document.querySelector("#modal-content #dialog") !== null && target.closest("#modal-content");

  const modalOpen = () => {
    const content = document.getElementById("modal-content");
    return content !== null && content.offsetParent !== null && content.childElementCount > 0;
  };

  const move = (by) => {
    const items = [...document.querySelectorAll("[data-queue] a.bo-wait-item")];
    if (items.length === 0) return;
    const here = items.findIndex((item) => item.hasAttribute("aria-current"));
    const next = items[Math.min(Math.max(here + by, 0), items.length - 1)];
    if (next && next !== items[here]) next.click();
  };

  const press = (step) => {
    const button = document.querySelector(`[data-case] [data-step="${step}"]`);
    if (button) button.click();
  };

  document.addEventListener("keydown", (event) => {
    const queue = document.querySelector("[data-queue]");
    if (!queue || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || modalOpen()) return;
    const does = {
      j: () => move(1),
      k: () => move(-1),
      a: () => press(queue.dataset.accept),
      d: () => press(queue.dataset.refuse),
    }[event.key];
    if (does) {
      event.preventDefault();
      // Nobody else on the page may take this key as well.
      event.stopPropagation();
      does();
    }
  }, { capture: true });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog")?.close();
  });

  const current = document.querySelector("[data-queue] a[aria-current]");
  current?.scrollIntoView({ block: "nearest" });
})();
