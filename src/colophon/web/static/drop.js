// A place to drop or paste a picture: the file goes into the form's own field, and is shown before it is sent.
"use strict";
for (const place of document.querySelectorAll("[data-drop]")) {
  const field = place.querySelector("input[type=file]");
  const preview = place.querySelector("[data-preview]");
  const take = (files) => {
    if (!files || !files.length) return;
    const one = new DataTransfer();
    one.items.add(files[0]);
    field.files = one.files;
    show();
  };
  const show = () => {
    if (!preview || !field.files.length) return;
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(field.files[0]);
    preview.hidden = false;
  };
  field.addEventListener("change", show);
  document.addEventListener("dragover", (event) => { event.preventDefault(); place.classList.add("over"); });
  document.addEventListener("dragleave", () => place.classList.remove("over"));
  document.addEventListener("drop", (event) => { event.preventDefault(); place.classList.remove("over"); take(event.dataTransfer.files); });
  document.addEventListener("paste", (event) => take(event.clipboardData.files));
}
