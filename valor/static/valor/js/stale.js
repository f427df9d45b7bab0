// What every page says when answers don't come, or come to somebody who is signed out.
const TOLD = [401, 404, 429]; // what has words of its own
const [signedOut, stale, gone, refused] = ["signed-out", "stale", "gone", "refused"].map((id) => document.getElementById(id));
let lastAnswer = Date.now();
let failing = false;

export function words(seconds) {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

export function age() {
  return words(Math.max(0, Math.round((Date.now() - lastAnswer) / 1000)));
}

function show() {
  stale.hidden = !failing;
  if (failing) stale.querySelector("output").textContent = age();
}

// Status 0: there was no answer.
export function answered(status) {
  const well = status > 0 && status < 500 && status !== 429;
  if (well) lastAnswer = Date.now();
  failing = !well;
  signedOut.hidden = status !== 401;
  if (status === 404) gone.hidden = false;
  show();
}

// To the page's own poll a refusal is no answer, however well the server is: what is shown grows old, and it says why.
export function polled(status, error) {
  const [before, well] = [lastAnswer, status === 304 || (status >= 200 && status < 300)];
  answered(status);
  if (!well) lastAnswer = before;
  refused.hidden = well || status < 400 || status >= 500 || TOLD.includes(status);
  const said = error && [error.message, ...error.details.map(({ message, remedy }) => `${message} ${remedy}`)];
  if (said && !refused.hidden) refused.querySelector("output").textContent = said.join(" ");
  show();
}

setInterval(() => failing && show(), 1000);
