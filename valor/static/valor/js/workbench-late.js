// An answer to an edit that a newer one has overtaken is dropped: the newer one's answer is on its way.
const form = document.querySelector("#workbench");

form.addEventListener("htmx:before:response", (event) => {
  const answered = event.detail.ctx.response.headers.get("X-Sequence");
  const latest = form.elements.namedItem("sequence").value;
  if (answered !== null && Number(answered) < Number(latest)) event.preventDefault();
});
