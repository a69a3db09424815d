// Makes the page one that can be installed, and that says so when there is no network.
if ("serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("/sw.js");
