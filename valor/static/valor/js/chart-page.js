// The charts of a page, which all show the same time: another view is another source of the page's poll.
import "./chart.js";
import { View } from "./chart-view.js";

const page = document.querySelector("[data-source]");
if (page?.querySelector("[data-zoomable]")) new View(page, () => document.dispatchEvent(new Event("live:refresh")));
