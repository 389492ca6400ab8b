// Starts the API documentation; the address of the description is in the page, so that no script is inline.
"use strict";

window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: document.getElementById("swagger-ui").dataset.openapi,
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    // The schemas stay closed until somebody opens them.
    defaultModelsExpandDepth: 0,
  });
});
