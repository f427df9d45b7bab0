// An answer to an edit that a newer one has overtaken is dropped, when all of it is there: the newer one's answer is on its way.
const form = document.querySelector("#workbench");

form.addEventListener("htmx:after:request", (event) => {
  const answered = event.detail.ctx.response.headers.get("X-Sequence");
  const latest = form.elements.namedItem("sequence").value;
  if (answered !== null && Number(answered) < Number(latest)) event.preventDefault();
});
