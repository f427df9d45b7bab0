// A finger or mouse on the histogram takes the line along.
import { move } from "./histogram.js";

let dragged = null;

function follow(event) {
  const box = dragged.closest("[data-histogram]").querySelector("svg").getBoundingClientRect();
  const [low, high] = ["min", "max"].map((end) => Number(dragged.getAttribute(`aria-value${end}`)));
  move(dragged, low + ((event.clientX - box.left) / box.width) * (high - low));
}

document.addEventListener("pointerdown", (event) => {
  dragged = event.target.closest?.("[data-histogram] [role=slider]") ?? null;
  if (!dragged) return;
  event.preventDefault();
  dragged.focus();
});

document.addEventListener("pointermove", (event) => dragged && follow(event));
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (dragged = null));
