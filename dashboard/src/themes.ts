/** Colours of the page, dark and light, without pure black or pure white for comfortable long viewing. */

export const dark = {
  dark: true,
  colors: {
    background: "#0D1218",
    surface: "#141B23",
    "surface-light": "#1C2530",
    "surface-bright": "#D5DEE7",
    "surface-variant": "#C9D4DF",
    "on-surface-variant": "#10161D",
    primary: "#6CB6FF",
    secondary: "#8CA2B8",
    success: "#3FB68B",
    warning: "#E3A62F",
    error: "#F2695C",
    info: "#6CB6FF",
  },
  variables: { "border-color": "#8CA2B8", "border-opacity": 0.17, "high-emphasis-opacity": 0.93 },
};

export const light = {
  dark: false,
  colors: {
    background: "#F2F5F8",
    surface: "#FFFFFF",
    "surface-light": "#E9EEF3",
    "surface-bright": "#FFFFFF",
    "surface-variant": "#27323D",
    "on-surface-variant": "#F2F5F8",
    primary: "#0B63B8",
    secondary: "#546779",
    success: "#0F7B57",
    warning: "#9A6200",
    error: "#C22F22",
    info: "#0B63B8",
  },
  variables: { "border-color": "#33475B", "border-opacity": 0.14, "high-emphasis-opacity": 0.9 },
};
