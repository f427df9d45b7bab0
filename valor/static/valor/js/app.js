// What every page does: it asks how the platform is, and says so when answers don't come.
import "./answers.js";
import "./escape.js";
import "./polls.js";
import "./live.js";
import { answered } from "./stale.js";

document.addEventListener("htmx:after:request", ({ detail }) => answered(detail.ctx.response.status));
// Cut off in the middle of the answer.
document.addEventListener("htmx:error", ({ detail }) => detail.ctx && !detail.ctx.response && answered(0));
