// The focal point by a click on the picture: the numbers go into the form, which a person still has to send.
"use strict";
(() => {
  const place = document.querySelector("[data-focus-picture]");
  const form = document.querySelector("[data-focus-form]");
  if (!place || !form) return;
  const mark = place.querySelector("[data-focus-mark]");
  const width = Number(place.dataset.width), height = Number(place.dataset.height);

  function show(x, y) {
    mark.setAttribute("transform", `translate(${x} ${y})`);
    mark.removeAttribute("visibility");
  }

  place.classList.add("clickable");
  place.addEventListener("click", (event) => {
    const box = place.querySelector("img").getBoundingClientRect();
    const x = Math.min(width - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * width)));
    const y = Math.min(height - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * height)));
    form.elements.x.value = x;
    form.elements.y.value = y;
    show(x, y);
  });
  form.addEventListener("input", () => {
    const x = Number(form.elements.x.value), y = Number(form.elements.y.value);
    if (!form.elements.x.value || !form.elements.y.value || Number.isNaN(x) || Number.isNaN(y)) return;
    const shares = form.elements.x.value.includes(".");
    show(shares ? x * width : x, shares ? y * height : y);
  });
})();
