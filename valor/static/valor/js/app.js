// What every page does with answers that don't come, or come to somebody who is signed out.
import "./answers.js";
import "./escape.js";
import "./polls.js";

const signedOut = document.querySelector("#signed-out");
const stale = document.querySelector("#stale");
let lastAnswer = Date.now();
let failing = false;

function showAge() {
  stale.hidden = !failing;
  const seconds = Math.round((Date.now() - lastAnswer) / 1000);
  stale.querySelector("output").textContent = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function answered(well) {
  if (well) lastAnswer = Date.now();
  failing = !well;
  showAge();
}

document.addEventListener("htmx:after:request", ({ detail }) => {
  const { status } = detail.ctx.response;
  signedOut.hidden = status !== 401;
  answered(status === 401 || (status < 500 && status !== 429));
});

// Cut off in the middle of the answer.
document.addEventListener("htmx:error", ({ detail }) => detail.ctx && !detail.ctx.response && answered(false));

setInterval(() => failing && showAge(), 5000);
