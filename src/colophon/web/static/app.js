// What pages need beside htmx: keys, live parts, the theme. Markup says what happens:
//   data-key="a"        this key presses the button or follows the link (shown in the list of keys, "?")
//   data-go="t"         "g" and then this key
//   data-live="/path"   the element's content is what the server sends as events (text/event-stream)
//   data-confirm="..."  asked before a form is sent
"use strict";
(() => {
  const html = document.documentElement;
  let going = 0;

  const typing = (event) => event.target.closest("input, textarea, select, [contenteditable]") !== null;
  const shown = (element) => element.getClientRects().length > 0 && !element.disabled;
  const pressable = (attribute, key) =>
    [...document.querySelectorAll(`[${attribute}="${CSS.escape(key)}"]`)].find(shown);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const open = document.querySelector("dialog[open]");
    if (event.key === "Escape" && event.target.matches("input, textarea")) event.target.blur();
    if (typing(event)) return;
    if (event.key === "?") { showKeys(); event.preventDefault(); return; }
    if (open) return;
    if (event.key === "/") {
      const field = document.querySelector("[data-search]");
      if (field) field.focus(); else location.assign("/search");
      event.preventDefault();
      return;
    }
    if (event.key === "g") { going = Date.now(); return; }
    const attribute = Date.now() - going < 1500 ? "data-go" : "data-key";
    going = 0;
    const target = pressable(attribute, event.key);
    if (!target) return;
    event.preventDefault();
    if (target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) target.focus();
    else target.click();
  });

  function showKeys() {
    const dialog = document.getElementById("keys");
    const list = dialog.querySelector(".keys");
    list.replaceChildren();
    const add = (keys, text) => {
      const term = document.createElement("dt");
      for (const key of keys) {
        const cap = document.createElement("kbd");
        cap.textContent = key;
        term.append(cap, " ");
      }
      const meaning = document.createElement("dd");
      meaning.textContent = text;
      list.append(term, meaning);
    };
    const name = (element) => element.dataset.keyName || element.getAttribute("aria-label") || element.title || element.textContent.trim();
    for (const element of document.querySelectorAll("[data-go]")) add(["g", element.dataset.go], name(element));
    for (const element of [...document.querySelectorAll("[data-key]")].filter(shown)) add([element.dataset.key], name(element));
    add(["/"], "Search");
    add(["?"], "This list");
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-help]")) showKeys();
    if (event.target.closest("[data-theme-switch]")) {
      const dark = html.dataset.theme ? html.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      html.dataset.theme = dark ? "light" : "dark";
      localStorage.setItem("theme", html.dataset.theme);
    }
  });

  document.addEventListener("submit", (event) => {
    const asked = (event.submitter && event.submitter.dataset.confirm) || event.target.dataset.confirm;
    if (asked && !confirm(asked)) event.preventDefault();
  });

  // On a narrow window the navigation is a row that scrolls: where one is should be in sight.
  for (const here of document.querySelectorAll("nav [aria-current]")) {
    const row = here.closest("ul, nav");
    for (const each of [row, row.closest("nav")]) each.scrollLeft += here.getBoundingClientRect().left - each.getBoundingClientRect().left - (each.clientWidth - here.offsetWidth) / 2;
  }

  for (const element of document.querySelectorAll("[data-live]")) {
    const source = new EventSource(element.dataset.live);
    source.addEventListener("part", (event) => {
      const held = element.contains(document.activeElement) && document.activeElement.id;
      element.innerHTML = event.data;  // a part of a page, made and escaped by this house's own templates
      if (window.htmx) window.htmx.process(element);
      const heading = element.querySelector("[data-say] h2"), tally = element.querySelector("[data-say] .tally");
      const said = document.getElementById("said");  // read out: the states and how many are in each, not every figure
      const words = heading && tally ? `${heading.textContent}: ${tally.textContent}`.replace(/\s+/g, " ").trim() : "";
      if (said && words && said.textContent !== words) said.textContent = words;
      if (held) document.getElementById(held)?.focus({ preventScroll: true });
    });
    source.addEventListener("done", () => source.close());
    addEventListener("pagehide", () => source.close());
  }
})();
