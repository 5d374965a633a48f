/** Vuetify with our two themes. */
import { createVuetify } from "vuetify";
import { aliases, mdi } from "vuetify/iconsets/mdi-svg";
import { storedTheme } from "./composables/useColourTheme.js";
import { dark, light } from "./themes.js";

/** The nonce from the index, which styles created at run time need. */
const cspNonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";

export const vuetify = createVuetify({
  icons: { defaultSet: "mdi", aliases, sets: { mdi } },
  theme: { defaultTheme: storedTheme(), themes: { dark, light }, cspNonce, utilities: true },
  defaults: {
    VBtn: { variant: "text", density: "comfortable" },
    VTooltip: { openDelay: 250, location: "bottom" },
  },
});
