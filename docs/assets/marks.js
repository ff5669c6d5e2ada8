// Copies a display's LaTeX, and opens the evidence of the row that an address names.
"use strict";

(() => {
  const icon =
    '<svg viewBox="0 0 16 16" aria-hidden="true"><rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/>' +
    '<path d="M3.5 10.5h-1v-8h8v1"/></svg>';

  const said = document.createElement("div");
  said.className = "md-status spoken";
  said.setAttribute("role", "status");

  const say = (text) => {
    said.textContent = "";
    requestAnimationFrame(() => (said.textContent = text));
  };

  const copy = async (button) => {
    const display = button.closest(".display");
    await navigator.clipboard.writeText(display.dataset.tex);
    button.classList.add("copied");
    button.title = "Copied";
    say("LaTeX copied");
    setTimeout(() => {
      button.classList.remove("copied");
      button.title = "Copy the LaTeX";
    }, 1500);
  };

  const withButton = (display) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.title = "Copy the LaTeX";
    button.setAttribute("aria-label", "Copy the LaTeX of this formula");
    button.innerHTML = icon;
    display.append(button);
  };

  const openNamed = () => {
    const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const row = named && named.closest("details.row");
    if (!row) return;
    row.open = true;
    // The theme scrolls too, and to where the row stood before.
    setTimeout(() => named.scrollIntoView({ block: "center" }), 100);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".display > .copy");
    if (button) copy(button);
  });
  addEventListener("hashchange", openNamed);

  document.querySelector("main")?.append(said);
  document.querySelectorAll(".display[data-tex]").forEach(withButton);
  openNamed();
})();
