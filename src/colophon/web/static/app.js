// What pages need beside htmx: keys, live parts, the theme. Markup says what happens:
//   data-key="a"        this key presses the button or follows the link (shown in the list of keys, "?")
//   data-go="t"         "g" and then this key
//   data-live="/path"   the element's content is what the server sends as events (text/event-stream)
//   data-confirm="..."  asked before a form is sent
//   data-most="64"      megabytes (1,000,000 bytes) that a chosen file may take
// Texts that are told come from the templates of base.html: an event "tell" with the name of one tells it.
"use strict";
(() => {
  const html = document.documentElement;
  let going = 0;

  const notices = document.getElementById("notices");

  const typing = (event) => event.target.closest("input:not([type=checkbox]):not([type=radio]):not([type=file]), textarea, select, [contenteditable]") !== null;
  const shown = (element) => element.getClientRects().length > 0 && !element.disabled;
  const pressable = (attribute, key) =>
    [...document.querySelectorAll(`[${attribute}="${CSS.escape(key)}"]`)].find(shown);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const open = document.querySelector("dialog[open]");
    if (event.key === "Escape" && event.target.matches("input, textarea")) event.target.blur();
    else if (event.key === "Escape" && !open) notices.replaceChildren();
    if (typing(event)) return;
    if (event.key === "?") { if (open) open.close(); else showKeys(); event.preventDefault(); return; }
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
    if (event.target.closest("[data-dismiss]")) notices.replaceChildren();
    if (event.target.closest("[data-theme-switch]")) {
      const dark = html.dataset.theme ? html.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      html.dataset.theme = dark ? "light" : "dark";
      localStorage.setItem("theme", html.dataset.theme);
    }
  });

  function tell(name) {
    const made = document.getElementById(name).content.cloneNode(true);
    for (const link of made.querySelectorAll("a")) link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    notices.replaceChildren(made);
  }
  document.addEventListener("tell", (event) => tell(event.detail));
  document.addEventListener("htmx:sendError", () => tell("no-answer"));

  // Whether the server answers, and still knows who is here. If not, that is told.
  async function answers() {
    try {
      const answer = await fetch("/api/v1/me", { signal: AbortSignal.timeout(15000) });
      if (answer.status === 401) { tell("signed-out"); return false; }
    } catch {
      tell("no-answer");
      return false;
    }
    if (notices.querySelector("[data-passing]")) notices.replaceChildren();
    return true;
  }

  // A browser that sends a form leaves the page, and what was written on it: first it is asked whether somebody takes it.
  const sure = new WeakSet(), asking = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (event.defaultPrevented || sure.delete(form)) return;
    const asked = (button && button.dataset.confirm) || form.dataset.confirm;
    if (asking.has(form) || (asked && !confirm(asked))) { event.preventDefault(); return; }
    if (form.method !== "post" || !document.querySelector("main[data-signed-in]") || form.closest(".side")) return;
    event.preventDefault();
    asking.add(form);
    answers().then((taken) => {
      asking.delete(form);
      if (!taken || (button && button.form !== form)) return;
      sure.add(form);
      form.requestSubmit(button);
    });
  });

  document.addEventListener("change", (event) => {
    const field = event.target, most = Number(field.dataset.most);
    if (!most) return;
    const taken = field.files.length ? field.files[0].size / 1e6 : 0;
    field.setCustomValidity(taken > most ? `This file takes ${taken.toFixed(1)} MB; at most ${most} MB are taken.` : "");
    field.reportValidity();
  });

  // On a narrow window the cells of a row stand below each other, each with the name of its column.
  function named() {
    for (const table of document.querySelectorAll(".scroll > table:not(.named)")) {
      const names = [...table.querySelectorAll("thead th, thead td")].map((each) => each.textContent.trim());
      for (const row of table.tBodies[0]?.rows || []) [...row.cells].forEach((cell, place) => { cell.dataset.name = names[place] || ""; });
      table.classList.add("named");
    }
  }
  named();
  document.addEventListener("htmx:load", named);

  // On a narrow window the navigation is a row that scrolls: where one is should be in sight.
  for (const here of document.querySelectorAll("nav [aria-current]")) {
    const row = here.closest("ul, nav");
    for (const each of [row, row.closest("nav")]) each.scrollLeft += here.getBoundingClientRect().left - each.getBoundingClientRect().left - (each.clientWidth - here.offsetWidth) / 2;
  }

  for (const element of document.querySelectorAll("[data-live]")) live(element, document.getElementById("live"));

  // `state` says whether what is seen is what is. A browser asks again by itself for a stream that ended or broke off,
  // within seconds; only what takes longer is told. A stream that was refused is asked for again from here.
  function live(element, state) {
    let late = 0, seen = "";
    const say = (which) => {
      state.hidden = which === "over";
      state.dataset.state = which;
      const words = which === "on" ? state.dataset.on : `${state.dataset.off} ${seen}.`;
      if (state.textContent !== words) state.textContent = words;
    };
    const follow = () => {
      const source = new EventSource(element.dataset.live);
      source.addEventListener("open", () => { clearTimeout(late); late = 0; say("on"); });
      source.addEventListener("error", () => {
        if (!late) seen = new Date().toTimeString().slice(0, 5);
        late ||= setTimeout(() => say("off"), 6000);
        if (source.readyState === EventSource.CLOSED) answers().then(() => setTimeout(follow, 5000));
      });
      source.addEventListener("part", (event) => changed(element, event.data));
      source.addEventListener("done", () => { clearTimeout(late); source.close(); say("over"); });
      addEventListener("pagehide", () => source.close());
    };
    follow();
  }

  // What somebody is writing in stays as it is.
  function changed(element, markup) {
    const held = element.contains(document.activeElement) ? document.activeElement : null;
    const writing = element.querySelector("details[data-keep][open]");
    element.innerHTML = markup;  // a part of a page, made and escaped by this house's own templates
    const place = element.querySelector("details[data-keep]");
    if (writing && place) place.replaceWith(writing);
    if (window.htmx) window.htmx.process(element);
    const heading = element.querySelector("[data-say] h2"), tally = element.querySelector("[data-say] .tally");
    const said = document.getElementById("said");  // read out: the states and how many are in each, not every figure
    const words = heading && tally ? `${heading.textContent}: ${tally.textContent}`.replace(/\s+/g, " ").trim() : "";
    if (said && words && said.textContent !== words) said.textContent = words;
    if (held && held.isConnected) held.focus({ preventScroll: true });
    else if (held && held.id) document.getElementById(held.id)?.focus({ preventScroll: true });
  }
})();
