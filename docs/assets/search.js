// Stands in for the theme's search worker, which a page starts with, until someone searches.
"use strict";

addEventListener(
  "message",
  (event) => {
    event.stopImmediatePropagation();
    importScripts(`javascripts/workers/${location.search.slice(1)}`);
    dispatchEvent(new MessageEvent("message", { data: event.data }));
  },
  { once: true },
);
