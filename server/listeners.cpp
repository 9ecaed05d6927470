#include "server/listeners.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace millrace {

namespace {

constexpr std::size_t kMaxName = 64;

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error("--listen: " + what); }

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= kMaxName &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
             std::string::npos;
}

ListenerSettings::Tls parse_tls(const std::string& text) {
  if (text == "auto") return ListenerSettings::Tls::automatic;
  if (text == "required") return ListenerSettings::Tls::required;
  if (text == "off") return ListenerSettings::Tls::off;
  refuse("\"tls=" + text + "\" is not tls=auto, tls=required or tls=off");
}

// A listener that is being read.
struct Draft {
  ListenerSettings settings;
  std::vector<std::string> from;
};

Draft begin(const std::string& item) {
  Draft draft;
  const std::size_t equals = item.find('=');
  const std::string where = equals == std::string::npos ? item : item.substr(equals + 1);
  draft.settings.name = equals == std::string::npos ? item : item.substr(0, equals);
  if (equals != std::string::npos && !is_name(draft.settings.name))
    refuse("\"" + item + "\" is not NAME=ADDRESS:PORT, tls=, from= or services=; a name has up to " +
           std::to_string(kMaxName) + " letters, digits, \"-\", \"_\" and \".\"");
  draft.settings.address = parse_address(where);
  return draft;
}

void add_option(Draft& draft, const std::string& key, const std::string& value) {
  if (value.empty()) refuse("\"" + key + "=\" has no value");
  if (key == "tls")
    draft.settings.tls = parse_tls(value);
  else if (key == "from")
    draft.from.push_back(value);
  else
    draft.settings.services.push_back(value);
}

ListenerSettings finish(Draft draft) {
  try {
    draft.settings.from = Networks(draft.from);
  } catch (const std::invalid_argument& e) {
    refuse(std::string("from=") + e.what());
  }
  return std::move(draft.settings);
}

}  // namespace

std::vector<ListenerSettings> parse_listeners(const std::vector<std::string>& items) {
  std::vector<Draft> drafts;
  for (const std::string& item : items) {
    const std::string key = item.substr(0, item.find('='));
    const bool is_option = key.size() < item.size() && (key == "tls" || key == "from" || key == "services");
    if (!is_option)
      drafts.push_back(begin(item));
    else if (drafts.empty())
      refuse("\"" + item + "\" stands before an address");
    else
      add_option(drafts.back(), key, item.substr(key.size() + 1));
  }
  if (drafts.empty()) refuse("no address is given");
  std::vector<ListenerSettings> out;
  std::set<std::string> names;
  for (Draft& draft : drafts) {
    out.push_back(finish(std::move(draft)));
    if (!names.insert(out.back().name).second) refuse("\"" + out.back().name + "\" is given twice");
  }
  return out;
}

const ListenerSettings& local_listener(const std::vector<ListenerSettings>& listeners) {
  const auto found = std::find_if(listeners.begin(), listeners.end(),
                                  [](const ListenerSettings& l) { return l.is_unrestricted(); });
  return found == listeners.end() ? listeners.front() : *found;
}

std::string local_url(const ListenerSettings& listener) {
  const std::string url = local_url(listener.address);
  return listener.tls == ListenerSettings::Tls::required ? "https" + url.substr(url.find(':')) : url;
}

}  // namespace millrace
