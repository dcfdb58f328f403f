// The form of a brief: says when it changed, finds placements by their names, and goes to where a fault is.
"use strict";
(() => {
  let unsent = false;  // whether leaving the page would lose what somebody wrote
  addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) unsent = false; });
  const changed = (event) => {
    const form = event.target.closest && event.target.closest("[data-brief]");
    if (form) unsent = true;
    if (form && window.htmx && event.target.type !== "file") window.htmx.trigger("#check", "brief-changed");
    if (form) count(form);
  };
  const count = (form) => {
    const shown = form.querySelector("[data-chosen]");
    if (shown) shown.textContent = `${form.querySelectorAll("[name=placements]:checked").length} chosen.`;
  };
  const ready = () => {
    for (const hidden of document.querySelectorAll("[data-needs-script]")) hidden.hidden = false;
    for (const form of document.querySelectorAll("[data-brief]")) count(form);
  };
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-filter]")) { changed(event); return; }
    const wanted = event.target.value.trim().toLowerCase();
    for (const each of document.querySelectorAll(event.target.dataset.filter)) {
      const group = each.closest("details");
      const text = `${group.querySelector("summary").textContent} ${each.textContent}`.toLowerCase();
      each.hidden = wanted !== "" && !wanted.split(/\s+/).every((word) => text.includes(word));
    }
    for (const group of document.querySelectorAll("#f-placements details")) {
      const left = group.querySelector(".pick:not([hidden])") !== null;
      group.hidden = !left;
      if (wanted !== "") group.open = left;
    }
  });
  document.addEventListener("click", (event) => {
    const fault = event.target.closest && event.target.closest("[data-fault]");
    if (!fault) return;
    const text = document.getElementById("f-yaml");
    if (text && fault.dataset.line) {
      const lines = text.value.split("\n");
      const start = lines.slice(0, Number(fault.dataset.line) - 1).join("\n").length + (fault.dataset.line > 1 ? 1 : 0);
      text.focus();
      text.setSelectionRange(start, start + (lines[fault.dataset.line - 1] || "").length);
      event.preventDefault();
      return;
    }
    // The nearest field there is: "visuals[0].references[1].image", then what it is part of.
    let id = fault.dataset.fault;
    while (id.includes("-") && !document.getElementById(id)) id = id.slice(0, id.lastIndexOf("-"));
    const field = document.getElementById(id);
    if (!field) return;
    for (let part = field.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    field.scrollIntoView({ block: "center" });
    field.focus();
    event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (["check", "notices"].includes(event.target.id) || !window.htmx) return;
    ready();
    window.htmx.trigger("#check", "brief-changed");
  });
  ready();
})();
