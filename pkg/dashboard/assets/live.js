// Pages are complete without this: it shows times in the viewer's zone, copies, and has
// what is in motion looked at again, as long as somebody looks at the page.
(() => {
  "use strict";
  const pad = (n) => String(n).padStart(2, "0");
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const words = (t, seconds) => {
    const now = new Date(), clock = pad(t.getHours()) + ":" + pad(t.getMinutes()) + (seconds ? ":" + pad(t.getSeconds()) : "");
    if (t.toDateString() === now.toDateString()) return clock;
    return t.getDate() + " " + months[t.getMonth()] + (t.getFullYear() === now.getFullYear() ? "" : " " + t.getFullYear()) + " " + clock;
  };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const local = (root) => {
    for (const e of root.querySelectorAll("time[datetime]")) e.textContent = words(new Date(e.dateTime), e.dataset.seconds !== undefined);
    for (const e of root.querySelectorAll("[data-zone]")) e.textContent = "Times in " + zone + ".";
  };
  const live = (root) => {
    for (const e of root.querySelectorAll("[data-every]")) {
      if (e.looked) continue;
      e.looked = true;
      const look = () => {
        if (!e.isConnected) return;
        if (document.hidden || e.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return setTimeout(look, 1000);
        htmx.trigger(e, "look");
        setTimeout(look, e.dataset.every * 1000);
      };
      setTimeout(look, e.dataset.every * 1000);
    }
  };
  const ready = (root) => { local(root); live(root); };
  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("htmx:afterSettle", () => ready(document));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    const word = button.querySelector("span");
    word.textContent = "Copied";
    setTimeout(() => { word.textContent = "Copy"; }, 2000);
  });
})();
