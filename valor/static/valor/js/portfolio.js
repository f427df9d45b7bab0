// The portfolio's page besides its form: inputs of the chosen method alone, the point under the slider, and
// what Enter does below.
import "./portfolio-choices.js";
import "./portfolio-slider.js";
import "./portfolio-enter.js";
