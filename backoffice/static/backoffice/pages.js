// Pages that refresh themselves do so only while somebody is there and points elsewhere.
(() => {
  const idleAfter = 5 * 60 * 1000;
  let lastSeen = Date.now();
  for (const sign of ["pointermove", "keydown", "pointerdown", "scroll"]) {
    window.addEventListener(sign, () => { lastSeen = Date.now(); }, { passive: true });
  }
  window.backofficePages = {
    // A poll would keep the session alive for ever; without a sign of life it stops.
    mayRefresh() {
      const part = document.querySelector("[data-refreshes]");
      return (
        document.visibilityState === "visible" &&
        Date.now() - lastSeen < idleAfter &&
        part !== null && !part.matches(":hover") && !part.contains(document.activeElement)
      );
    },
  };
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.bo-export[open]")) {
      if (!open.contains(event.target)) open.removeAttribute("open");
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
})();
