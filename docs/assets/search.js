// Stands in for the theme's search worker until someone searches. The worker and the site's words
// are a third of what a page weighs, so both are fetched for the first query.
"use strict";

(() => {
  const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3];
  const real = `javascripts/workers/${location.search.slice(1)}`;
  const words = new URL("../search/words.json", location);
  const answer = self.postMessage.bind(self);
  const say = (type, data) =>
    self.dispatchEvent(new MessageEvent("message", { data: { type, data } }));
  let setup = null;
  let query = "";
  let loading = null;

  const load = async () => {
    const found = await fetch(words);
    if (!found.ok) throw new Error(`${words}: ${found.status}`);
    const { docs } = await found.json();
    importScripts(real);
    const ready = new Promise((resolve) => (self.postMessage = resolve));
    say(SETUP, { ...setup, docs });
    await ready;
    self.postMessage = answer;
    self.removeEventListener("message", stand);
    say(QUERY, query);
  };

  const stand = (event) => {
    // What this file says itself is for the real worker.
    if (!event.isTrusted) return;
    event.stopImmediatePropagation();
    const { type, data } = event.data;
    if (type === SETUP) {
      setup = data;
      answer({ type: READY });
      return;
    }
    query = data;
    if (!query && !loading) {
      answer({ type: RESULT, data: { items: [] } });
      return;
    }
    loading ??= load().catch((error) => {
      loading = null;
      console.error(error);
      answer({ type: RESULT, data: { items: [] } });
    });
  };

  self.addEventListener("message", stand);
})();
