// The switch between light, dark and what the system asks for. The theme's own, as it starts, has
// the browser style the whole page three times over; this one starts from the page as it is.
(() => {
  "use strict";

  const SYSTEM = "(prefers-color-scheme)";
  const form = document.querySelector(".md-header__option:has(> [name='__palette'])");
  const inputs = [...form.querySelectorAll("input")];
  const system = matchMedia("(prefers-color-scheme: dark)");
  const theme = document.head.appendChild(document.createElement("meta"));
  theme.name = "theme-color";
  let index = Math.min(__md_get("__palette").index, inputs.length - 1);

  function colours(input) {
    const names = ["scheme", "primary", "accent"];
    return Object.fromEntries(names.map((name) => [name, input.getAttribute(`data-md-color-${name}`)]));
  }

  // Each choice shows the button that leads to the next.
  function offer() {
    inputs.forEach((input, i) => (input.nextElementSibling.hidden = i !== index));
  }

  function tint() {
    theme.content = getComputedStyle(document.querySelector(".md-header")).backgroundColor;
  }

  function apply() {
    const media = inputs[index].getAttribute("data-md-color-media");
    const wanted = media !== SYSTEM ? media : `(prefers-color-scheme: ${system.matches ? "dark" : "light"})`;
    const input = inputs.find((one) => one.getAttribute("data-md-color-media") === wanted);
    const color = { media, ...colours(input) };
    __md_set("__palette", { index, color });
    // Without this the theme fades every link and button from one colour to the other.
    document.body.setAttribute("data-md-color-switching", "");
    for (const [name, value] of Object.entries(color)) {
      document.body.setAttribute(`data-md-color-${name}`, value);
    }
    document.documentElement.style.colorScheme = color.scheme === "slate" ? "dark" : "light";
    offer();
    requestAnimationFrame(() => {
      document.body.removeAttribute("data-md-color-switching");
      tint();
    });
  }

  form.addEventListener("change", ({ target }) => {
    index = inputs.indexOf(target);
    apply();
  });
  form.addEventListener("keydown", ({ key }) => {
    if (key !== "Enter") return;
    const next = inputs[(index + 1) % inputs.length];
    next.click();
    next.focus();
  });
  system.addEventListener("change", apply);
  offer();
  addEventListener("load", () => setTimeout(tint));
})();
