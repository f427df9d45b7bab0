// Says so when an edit could not be saved at all: no answer, a server error, signed out, deleted.
const form = document.querySelector("#workbench");
const saved = document.querySelector("#saved");

function lost(reason) {
  saved.textContent = `Not saved: ${reason}`;
}

form.addEventListener("htmx:response:error", ({ detail }) => {
  const { status } = detail.ctx.response;
  if (status === 401 || status === 403) lost("sign in again.");
  else if (status === 404) lost("it was deleted in the meantime.");
  else if (status === 504) lost("the server does not answer.");
  else if (status === 429 || status >= 500) lost("the server can't take it just now; edit again to retry.");
});
