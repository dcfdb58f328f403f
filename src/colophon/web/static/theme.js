// Before anything is drawn: the theme chosen on this browser, if one was.
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
})();
