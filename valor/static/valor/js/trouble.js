// Trouble is seen in the browser's tab, too: by its icon on every page, by its title on those of performance.
const icon = document.querySelector("link[rel=icon]");
const titled = location.pathname.startsWith("/performance/");
const title = document.title.replace(/^(Degraded|Down|Unknown): /, "");

export function show(word) {
  const file = icon.dataset[word.toLowerCase()];
  if (icon.getAttribute("href") !== file) icon.setAttribute("href", file);
  if (titled) document.title = word === "Healthy" ? title : `${word}: ${title}`;
}
