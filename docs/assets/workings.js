// Names what the theme leaves without a name, for whoever listens to the page.
const name = () => {
  document.querySelector(".md-search").setAttribute("aria-label", "Search");
  // Each code block's buttons come in a landmark of their own, once the block is in view.
  for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) {
    nav.setAttribute("role", "none");
  }
};

name();
new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
