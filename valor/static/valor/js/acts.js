// Small forms that are sent without leaving the page: what came of it is said, and seen by a poll at once.
import { answered } from "./stale.js";

const [PATIENCE, BUSY_AFTER] = [8000, 300];
const UNKNOWN = "No answer came, so it is not known whether this was done: look before you send it again.";
// With htmx's header, somebody who is signed out gets 401 instead of the sign-in page.
const HEADERS = { Accept: "application/json", "HX-Request": "true" };
const said = document.getElementById("said");
// By their addresses: a poll may draw a form anew before it is answered.
const underway = new Set();

async function send(form, submitter) {
  const [body, signal] = [new FormData(form, submitter), AbortSignal.timeout(PATIENCE)];
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: HEADERS, signal });
  if (answer.status === 401) return answered(401);
  const told = await answer.json();
  if (answer.ok) form.closest("details")?.removeAttribute("open");
  said.textContent = told.said ?? told.error.message;
}

async function act(form, submitter) {
  const address = form.getAttribute("action");
  underway.add(address);
  const late = setTimeout(() => submitter?.setAttribute("aria-busy", "true"), BUSY_AFTER);
  await send(form, submitter).catch(() => (said.textContent = UNKNOWN));
  clearTimeout(late);
  submitter?.removeAttribute("aria-busy");
  underway.delete(address);
  document.dispatchEvent(new Event("live:refresh"));
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("[data-in-place]")) return;
  event.preventDefault();
  if (!underway.has(form.getAttribute("action"))) act(form, submitter);
});
