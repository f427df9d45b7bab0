// The portfolio's page besides its form: inputs of the chosen method alone, and the point under the slider.
import "./portfolio-choices.js";
import "./portfolio-slider.js";
