// Which pages in browsers may use the server, and the answers that let them (CORS). A browser sends what a
// page asks for with the name of the page's origin; without a preflight for what a form could send.
// Signatures do not help: a page can make one up. Sources: fetch.spec.whatwg.org, "CORS protocol";
// w3.org/TR/fetch-metadata; RFC 6454.
#pragma once

#include <string>
#include <vector>

#include "api/core/authority.h"
#include "api/core/message.h"

namespace millrace {

// The page in a browser that sends a request: none; one of the server's own; another that may use it; another
// that may not, unless a function URL lets it.
enum class Page { none, own, allowed, foreign };

class OriginCheck {
 public:
  // `public_url`: its origin is the server's own. `allowed`: --allow-origins, origins and
  // SCHEME://*.NAME[:PORT]; "*" is any.
  OriginCheck(const std::string& public_url, std::vector<std::string> allowed);

  // Which page a request comes from. Pages of this machine are allowed: whoever serves one can also run a
  // program. So is what a user opens as a page of its own (a link to an object), since the page with the link
  // does not see it. Safe from any thread.
  [[nodiscard]] Page page_of(const HttpRequest& head) const;

 private:
  [[nodiscard]] Page page_at(const std::optional<Origin>& origin, const HttpRequest& head) const;

  std::optional<Origin> own_;
  std::vector<Origin> allowed_;
  bool all_ = false;
};

// What a foreign page is told.
[[nodiscard]] std::string foreign_page_refusal(const HttpRequest& head);

[[nodiscard]] bool is_preflight(const HttpRequest& head);
// The answer to the preflight of a page that is not foreign: all that it asks for.
[[nodiscard]] HttpResponse answer_preflight(const HttpRequest& head);
// Lets the pages of `origin` read an answer; empty: none.
void let_page_read(HttpResponse& response, const std::string& origin);

}  // namespace millrace
