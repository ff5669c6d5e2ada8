// Mends what the theme leaves without a name, or out of reach of a keyboard.
const mend = () => {
  document.querySelector(".md-search").setAttribute("aria-label", "Search");
  // Each code block's buttons come in a landmark of their own, once the block is in view.
  for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])")) {
    nav.setAttribute("role", "none");
  }
  // The theme takes long code out of the tab order on touch screens.
  for (const code of document.querySelectorAll("pre > code:not([tabindex])")) {
    code.setAttribute("tabindex", "0");
  }
};

mend();
new MutationObserver(mend).observe(document.body, {
  attributeFilter: ["tabindex"],
  childList: true,
  subtree: true,
});
