// What the slider asked for: the mark on the frontier and the figures above follow; an answer of an older version of the
// portfolio is dropped, since a newer one's frontier is shown by now.
const version = () => document.querySelector("#version input").value;

document.addEventListener("htmx:before:response", (event) => {
  const of = event.detail.ctx.response.headers.get("X-Version");
  if (of !== null && Number(of) < Number(version())) event.preventDefault();
});

function follow() {
  const said = document.querySelector("#point-words");
  const mark = document.querySelector("#moved");
  if (!said || !mark) return;
  mark.setAttribute("x", said.dataset.x);
  mark.setAttribute("y", said.dataset.y);
  said.dataset.figures.split("|").forEach((figure, i) => {
    const shown = document.querySelector(`#figure-${i + 1}`);
    if (shown) shown.firstChild.textContent = `${figure} `;
  });
  document.querySelector("#along")?.setAttribute("aria-valuetext", said.textContent);
}

document.addEventListener("htmx:after:swap", follow);
follow();
