// The workbench: each module adds one behaviour to its form; without them it is a plain form.
import "./workbench-sequence.js";
import "./workbench-late.js";
import "./workbench-repair.js";
import "./workbench-errors.js";
import "./workbench-reach.js";
import "./workbench-links.js";
