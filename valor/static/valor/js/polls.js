// When htmx's polls rest: nobody looks at a hidden tab, and what was deleted does not come back.
const gone = document.querySelector("#gone");

document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement, sourceEvent } = event.detail.ctx;
  const ended = !gone.hidden && sourceElement.closest("main");
  if ((document.hidden || ended) && sourceEvent?.type === "every") event.preventDefault();
});
