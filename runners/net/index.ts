/** Requests to servers that may not be what their address suggests. Imports only the model and `process`. */
export { answerMs } from "./answer-time.js";
export { askHttp, kindOf, NoAnswer, type HttpAsk } from "./ask-http.js";
export { identifyPeer, refuseOtherServer, type Peer } from "./identify-peer.js";
