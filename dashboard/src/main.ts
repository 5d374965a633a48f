/** Starts the page. */
import { createApp } from "vue";
import "vuetify/styles/core";
import "./styles/index.css";
import App from "./App.vue";
import { vuetify } from "./vuetify.js";

createApp(App).use(vuetify).mount("#app");
