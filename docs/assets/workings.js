// Mends what the theme's script leaves without a name, or out of reach of a keyboard.
const touched = !matchMedia("(hover)").matches;

new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    // Each code block's buttons come in a landmark of their own, once the block is in view.
    for (const part of addedNodes) {
      if (part.nodeName === "NAV") part.setAttribute("role", "none");
    }
    // The theme takes long code out of the tab order on touch screens.
    if (touched && target.matches("pre > code:not([tabindex])")) target.setAttribute("tabindex", "0");
  }
}).observe(document.querySelector("main"), {
  attributeFilter: ["tabindex"],
  childList: true,
  subtree: true,
});
