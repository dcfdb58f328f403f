// The light table: pictures to their pixels, all of them moved together; decisions sent and the next picture shown
// without loading a page; what comes next is fetched ahead.
//   data-part       a link or form whose answer is the table, put in its place
//   data-decide     the form of decisions; its answer is a notice, and the next picture follows
//   data-needs-reason="approve"   a decision that is not sent without a reason
"use strict";
(() => {
  const table = () => document.getElementById("table");
  const notices = document.getElementById("notices");
  const ahead = new Map();  // addresses of tables to what will be their markup
  let busy = false;

  // What a part of a page came to; none where the server does not answer, which is told.
  async function asked(address, form = null) {
    const how = form ? { method: "POST", body: new URLSearchParams(new FormData(form)) } : {};
    try {
      const answer = await fetch(address, { ...how, headers: { "HX-Request": "true" } });
      if (answer.ok && notices.querySelector("[data-passing]")) notices.replaceChildren();
      return { markup: await answer.text(), ok: answer.ok };
    } catch {
      document.dispatchEvent(new CustomEvent("tell", { detail: "no-answer" }));
      return null;
    }
  }

  function fetchAhead() {
    const root = table() && table().querySelector("[data-ahead]");
    if (!root || ahead.has(root.dataset.next)) return;
    ahead.clear();
    const next = root.dataset.next;
    ahead.set(next, asked(next).then((found) => {
      if (!found || !found.ok) { ahead.delete(next); return null; }  // asked for again when it is wanted
      const made = document.createElement("template");
      made.innerHTML = found.markup;  // this house's own page, escaped by its templates
      for (const picture of made.content.querySelectorAll(".viewer img")) {
        const loaded = new Image();
        loaded.src = picture.getAttribute("src");
        loaded.decode().catch(() => undefined);  // a picture that cannot be shown says so in its own place
      }
      return found;
    }));
  }

  async function show(address, { push = true, told = null } = {}) {
    if (!table()) { location.assign(address); return; }
    const coming = ahead.get(address);
    ahead.delete(address);
    const found = (await coming) || (await asked(address));
    if (!found) return;
    if (!found.ok) { notices.innerHTML = found.markup; return; }
    table().innerHTML = found.markup;
    if (push) history.pushState({}, "", address);
    if (told) restate(told);
    begin();
    document.getElementById("main").focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  // What was fetched ahead does not know of the decision made meanwhile.
  function restate(told) {
    for (const place of table().querySelectorAll(`[data-state-of="${CSS.escape(told.dataset.told)}"] .badge`)) {
      place.dataset.state = told.dataset.state;
      place.textContent = told.dataset.state;
    }
  }

  async function decide(form, button) {
    const reason = form.elements.reason;
    const needs = button.dataset.needsReason;
    if (needs && !reason.value.trim()) {
      form.dataset.began = needs;
      reason.setCustomValidity("");
      reason.placeholder = needs === "reject" ? "Why it is rejected" : "Why it is approved all the same";
      reason.focus();
      return;
    }
    if (busy) return;
    busy = true;
    try {
      const root = table().querySelector("[data-asset]");
      const onward = root.dataset.next;
      const answer = await asked(button.getAttribute("formaction") || form.action, form);
      if (!answer) return;
      notices.innerHTML = answer.markup;
      const told = notices.querySelector("[data-told]");
      if (!answer.ok || !told || "failed" in told.dataset) return;
      if (root.hasAttribute("data-ahead")) await show(onward, { told });
      else location.assign(onward);
    } finally {
      busy = false;
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-decide]")) {
      event.preventDefault();
      if (event.submitter) decide(form, event.submitter);
    } else if (form.matches("[data-part]") && table()) {
      event.preventDefault();
      if (busy) return;
      busy = true;
      asked(form.action, form).then((answer) => {
        busy = false;
        if (!answer) return;
        if (!answer.ok) { notices.innerHTML = answer.markup; return; }
        table().innerHTML = answer.markup;
        begin();
        document.getElementById("main").focus({ preventScroll: true });
      });
    }
  }, { capture: true });  // before what app.js does with forms that leave the page

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-part]");
    if (link && table() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      show(link.getAttribute("href"));
    }
    const zoom = event.target.closest("[data-zoom]");
    if (zoom) zoomed(zoom.dataset.zoom);
    const many = event.target.closest("#selected .bulk button");  // a rejection of many is not sent without its reason
    if (many) many.form.elements.reason.required = "wantsReason" in many.dataset;
  });

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest("[data-decide]");
    if (event.key === "Enter" && form && event.target.name === "reason" && form.dataset.began) {
      event.preventDefault();
      const button = form.querySelector(`[data-needs-reason="${form.dataset.began}"]`);
      if (button && event.target.value.trim()) decide(form, button);
    }
    const viewer = event.target.closest(".viewer");
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (viewer && step && look.scale) { event.preventDefault(); move(step[0] * 40, step[1] * 40, viewer); }
  });

  addEventListener("popstate", () => { if (table()) show(location.pathname + location.search, { push: false }); });

  // Where all viewers look: `scale` in device pixels for a pixel of the picture (0: fitted), and the place in the middle
  // as shares of width and height, so that pictures of different sizes are looked at in the same place.
  const look = { scale: 0, x: 0.5, y: 0.5 };

  function zoomed(how) {
    const fitted = fittedScale();
    if (how === "switch") look.scale = look.scale ? 0 : 1;
    if (how === "in") look.scale = look.scale ? Math.min(16, look.scale * 2) : 2 ** Math.floor(Math.log2(fitted) + 1);
    if (how === "out") look.scale = look.scale / 2 > fitted ? look.scale / 2 : 0;
    apply();
  }

  // In device pixels for a pixel of the picture, as `look.scale`.
  function fittedScale() {
    const viewer = document.querySelector(".viewer"), { width, height } = viewer.querySelector(".layer").dataset;
    return Math.min(viewer.clientWidth / width, viewer.clientHeight / height) * devicePixelRatio;
  }

  function move(across, down, viewer) {
    const layer = viewer.querySelector(".layer");
    const unit = look.scale / devicePixelRatio;
    look.x = Math.min(1, Math.max(0, look.x + across / (layer.dataset.width * unit)));
    look.y = Math.min(1, Math.max(0, look.y + down / (layer.dataset.height * unit)));
    apply();
  }

  function apply() {
    for (const viewer of document.querySelectorAll(".viewer")) {
      viewer.classList.toggle("close", look.scale > 0);
      const first = viewer.querySelector(".layer");
      for (const layer of viewer.querySelectorAll(".layer")) {
        const picture = layer.querySelector("img");
        if (!look.scale) { picture.style.cssText = ""; continue; }
        if (picture.getAttribute("src") !== layer.dataset.original) picture.src = layer.dataset.original;
        const width = first.dataset.width * look.scale / devicePixelRatio;
        const height = first.dataset.height * look.scale / devicePixelRatio;
        picture.style.width = `${width}px`;
        picture.style.height = `${height}px`;
        const left = viewer.clientWidth / 2 - look.x * width, top = viewer.clientHeight / 2 - look.y * height;
        picture.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
        picture.style.imageRendering = look.scale > 1 ? "pixelated" : "auto";
      }
    }
    const told = document.querySelector("[data-zoom-told]");
    if (told) told.textContent = look.scale ? `${look.scale * 100} %` : "fitted";
    const pressed = document.querySelector("[data-zoom=switch]");
    if (pressed) pressed.setAttribute("aria-pressed", String(look.scale > 0));
  }

  let drag = null;
  document.addEventListener("pointerdown", (event) => {
    const viewer = event.target.closest(".viewer");
    if (!viewer || !look.scale || event.button !== 0) return;
    event.preventDefault();
    drag = { viewer, x: event.clientX, y: event.clientY };
    viewer.setPointerCapture(event.pointerId);
    viewer.focus({ preventScroll: true });
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    move(drag.x - event.clientX, drag.y - event.clientY, drag.viewer);
    drag.x = event.clientX;
    drag.y = event.clientY;
  });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { drag = null; });
  document.addEventListener("dblclick", (event) => {
    const viewer = event.target.closest(".viewer");
    if (!viewer) return;
    if (!look.scale) {  // fitted: the picture lies in the middle of its viewer
      const box = viewer.getBoundingClientRect(), layer = viewer.querySelector(".layer");
      const unit = fittedScale() / devicePixelRatio;
      look.x = Math.min(1, Math.max(0, 0.5 + (event.clientX - box.left - box.width / 2) / (layer.dataset.width * unit)));
      look.y = Math.min(1, Math.max(0, 0.5 + (event.clientY - box.top - box.height / 2) / (layer.dataset.height * unit)));
    }
    zoomed("switch");
  });
  addEventListener("resize", apply);

  // How many are selected on the queue, and all of it or none.
  const all = document.querySelector("[data-select-all]");
  if (all) {
    const boxes = [...all.form.querySelectorAll("[name=asset]")];
    const count = () => { all.form.querySelector("[data-selected]").textContent = `${boxes.filter((box) => box.checked).length} selected`; };
    all.hidden = false;
    all.form.addEventListener("change", count);
    all.addEventListener("click", () => {
      const wanted = boxes.some((box) => !box.checked);
      for (const box of boxes) box.checked = wanted;
      count();
    });
  }

  function begin() {
    if (!table()) return;
    const title = table().querySelector("h1");
    const strip = table().querySelector(".strip"), chosen = strip && strip.querySelector(".chosen");
    if (chosen) strip.scrollLeft = chosen.offsetLeft - strip.offsetLeft - strip.clientWidth / 2 + chosen.clientWidth / 2;
    if (title) document.title = `${title.textContent} · Review · Colophon`;
    apply();
    fetchAhead();
  }
  begin();
})();
