// Reads one JSON request a line ({tex, display}) and answers with one JSON line ({html} or {error}).
"use strict";

const [, , mathjax] = process.argv;
const readline = require("readline");

// The component prints notices; only answers may reach standard output.
console.log = console.error;

require(mathjax)
  .init({
    loader: { load: ["input/tex-full", "output/svg", "a11y/assistive-mml"] },
    tex: {
      packages: [
        "base", "ams", "boldsymbol", "braket", "cancel", "cases", "centernot", "color",
        "enclose", "extpfeil", "html", "mathtools", "textmacros", "unicode", "upgreek",
      ],
      // Each formula stands alone. The numbers and macros of one would leak into the next, so
      // nothing counts and `newcommand` is left out.
      tags: "none",
      formatError: (_, error) => {
        throw error;
      },
    },
    svg: { fontCache: "none" },
    startup: { typeset: false },
  })
  .then((MathJax) => {
    const adaptor = MathJax.startup.adaptor;
    const answer = ({ tex, display }) => {
      try {
        MathJax.texReset();
        return { html: adaptor.outerHTML(MathJax.tex2svg(tex, { display })) };
      } catch (error) {
        return { error: error.message };
      }
    };
    readline
      .createInterface({ input: process.stdin })
      .on("line", (line) => process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n"));
  });
