// A figure of a formula leads to its input: the closed group around it opens first.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  const group = link && document.getElementById(link.hash.slice(1))?.closest("details");
  if (group) group.open = true;
});

// A year of the yearly table opens its formulas, and so does each figure below it.
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.(".yearly td");
  if (cell) cell.closest("table").querySelectorAll("thead a")[cell.cellIndex - 1].click();
  if (event.target.closest?.(".yearly thead a")) document.querySelector("#steps").open = true;
});
