/** Talking to servers that may not be what their address promises. Imports the model and `process` alone. */
export { answerMs } from "./answer-time.js";
export { askHttp, kindOf, NoAnswer, type HttpAsk } from "./ask-http.js";
export { identifyPeer, refuseOtherServer, type Peer } from "./identify-peer.js";
