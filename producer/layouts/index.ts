export { LayoutInputs, type LayoutInput } from "./create.js";
export { formatOfLayout, layoutNames, layoutOf } from "./layout.js";
export { layoutFault } from "./recognise.js";
