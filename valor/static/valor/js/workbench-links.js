// A figure of a formula leads to its input: the closed group around it opens first.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  const group = link && document.getElementById(link.hash.slice(1))?.closest("details");
  if (group) group.open = true;
});

// A year of the yearly table opens its formulas, and so does each figure below it. An edit that comes before its answer asks
// for the same year.
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.(".yearly td");
  if (cell) cell.closest("table").querySelectorAll("thead a")[cell.cellIndex - 1].click();
  const link = event.target.closest?.(".yearly thead a");
  if (!link) return;
  document.querySelector("#steps").open = true;
  document.querySelector("#workbench").elements.namedItem("year").value = new URLSearchParams(link.search).get("year");
});
