// Copies a display's LaTeX, and opens the evidence of the row that an address names.
"use strict";

(() => {
  const said = document.createElement("div");
  said.className = "spoken";
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

  document.documentElement.classList.add("js");
  (document.querySelector(".md-typeset") ?? document.body).append(said);
  openNamed();
})();
