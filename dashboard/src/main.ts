/** Starts the page after its fonts are loaded, so that the layout need not be measured twice. */
import { createApp, defineAsyncComponent, type Component } from "vue";
import "@fontsource-variable/inter";
import "vuetify/styles/core";
import "./styles/index.css";
import App from "./App.vue";
import { vuetify } from "./vuetify.js";

const letters = ["400", "600"].map((weight) => document.fonts.load(`${weight} 13px "Inter Variable"`));
const root: Component = new URLSearchParams(location.search).has("gallery")
  ? defineAsyncComponent(() => import("./gallery/GalleryPage.vue"))
  : App;
void Promise.allSettled(letters).then(() => createApp(root).use(vuetify).mount("#app"));
