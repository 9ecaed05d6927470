// Random conditions and updates on random items, compared with a slow evaluator that shares no code with the
// server's: it works on the JSON of items, and knows what it generated without parsing it.
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

#include "api/core/error.h"
#include "api/dynamodb/expressions/condition_parser.h"
#include "api/dynamodb/expressions/update.h"
#include "api/dynamodb/values/json.h"

namespace millrace::dynamodb {
namespace {

using Names = std::vector<std::string>;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

  // {"N": "3"}
  Json value(int levels) {
    switch (below(levels > 0 ? 9 : 6)) {
      case 0:
      case 1:
        return {{"N", std::to_string(static_cast<int>(below(7)) - 3)}};
      case 2:
      case 3:
        return {{"S", one_of(Names{"", "a", "ab", "b", "ba"})}};
      case 4:
        return {{"BOOL", below(2) == 1}};
      case 5:
        return below(2) ? Json{{"SS", set(Names{"a", "ab", "b"})}}
                        : Json{{"NS", set(Names{"-1", "0", "1", "2"})}};
      case 6:
        return {{"NULL", true}};
      case 7: {
        Json list = Json::array();
        for (std::size_t n = below(4); n > 0; --n) list.push_back(value(levels - 1));
        return {{"L", list}};
      }
      default: {
        Json map = Json::object();
        for (std::size_t n = below(3); n > 0; --n) map[one_of(Names{"a", "b"})] = value(levels - 1);
        return {{"M", map}};
      }
    }
  }
  Json set(const Names& from) {
    std::set<std::string> members;
    for (std::size_t n = 1 + below(3); n > 0; --n) members.insert(one_of(from));
    return Json(members);
  }
  Json item() {
    Json out = Json::object();
    for (const char* name : {"a", "b", "c", "d"})
      if (below(4) != 0) out[name] = value(2);
    return out;
  }

 private:
  std::mt19937 engine_;
};

// ---- The slow evaluator ----

std::string type_of(const Json& v) { return v.begin().key(); }

// A path as its text and its steps: "a[1].b".
struct SlowPath {
  std::string text;
  std::vector<Json> steps;
};
SlowPath random_path(Random& random) {
  SlowPath path{random.one_of(Names{"a", "b", "c", "d"}), {}};
  path.steps.push_back(path.text);
  while (random.below(3) == 0 && path.steps.size() < 3) {
    if (random.below(2)) {
      const std::string name = random.one_of(Names{"a", "b"});
      path.text += "." + name;
      path.steps.push_back(name);
    } else {
      const std::size_t index = random.below(4);
      path.text += "[" + std::to_string(index) + "]";
      path.steps.push_back(index);
    }
  }
  return path;
}
const Json* at(const Json& item, const SlowPath& path) {
  Json whole = {{"M", item}};
  static thread_local Json kept;
  kept = std::move(whole);
  const Json* now = &kept;
  for (const Json& step : path.steps) {
    const char* container = step.is_string() ? "M" : "L";
    if (!now->contains(container)) return nullptr;
    const Json& members = (*now)[container];
    if (step.is_string() ? !members.contains(step.get<std::string>())
                         : step.get<std::size_t>() >= members.size())
      return nullptr;
    now = step.is_string() ? &members[step.get<std::string>()] : &members[step.get<std::size_t>()];
  }
  return now;
}

using Operand = std::optional<Json>;  // a value; nullopt: there is none

bool same(const Json& a, const Json& b) { return a == b; }  // what is generated is in normal form
// -1, 0, 1; nullopt: cannot be ordered.
std::optional<int> compared(const Operand& a, const Operand& b) {
  if (!a || !b || type_of(*a) != type_of(*b)) return std::nullopt;
  if (type_of(*a) == "N") {
    const int x = std::stoi((*a)["N"].get<std::string>()), y = std::stoi((*b)["N"].get<std::string>());
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (type_of(*a) != "S") return std::nullopt;
  const int by = (*a)["S"].get<std::string>().compare((*b)["S"].get<std::string>());
  return by < 0 ? -1 : by > 0 ? 1 : 0;
}
bool slow_contains(const Operand& whole, const Operand& part) {
  if (!whole || !part) return false;
  const std::string w = type_of(*whole), p = type_of(*part);
  const Json &members = (*whole)[w], &one = (*part)[p];
  if (w == "S" && p == "S")
    return members.get<std::string>().find(one.get<std::string>()) != std::string::npos;
  if (w == "L") return std::count(members.begin(), members.end(), *part) > 0;
  if ((w == "SS" && p == "S") || (w == "NS" && p == "N"))
    return std::count(members.begin(), members.end(), one) > 0;
  return false;
}
Operand slow_size(const Operand& of) {
  if (!of) return std::nullopt;
  const std::string type = type_of(*of);
  if (type == "N" || type == "BOOL" || type == "NULL") return std::nullopt;
  const Json& v = (*of)[type];
  return Json{{"N", std::to_string(type == "S" ? v.get<std::string>().size() : v.size())}};
}

// A random condition: its text, and what it is for an item.
struct Generated {
  std::string text;
  std::function<bool(const Json&)> holds;
};

class Conditions {
 public:
  explicit Conditions(Random& random) : random_(random) {}

  Json values = Json::object();

  Generated condition(int levels) {
    switch (random_.below(levels > 0 ? 5 : 2)) {
      case 2: {
        auto a = part(levels), b = part(levels);
        return {a.text + " AND " + b.text, [a, b](const Json& i) { return a.holds(i) && b.holds(i); }};
      }
      case 3: {
        auto a = part(levels), b = part(levels);
        return {a.text + " or " + b.text, [a, b](const Json& i) { return a.holds(i) || b.holds(i); }};
      }
      case 4: {
        auto a = part(levels);
        return {"NOT " + a.text, [a](const Json& i) { return !a.holds(i); }};
      }
      default:
        return predicate();
    }
  }

 private:
  struct Source {
    std::string text;
    std::function<Operand(const Json&)> get;
    std::string path;  // of a path
  };

  Generated part(int levels) {
    Generated inner = condition(levels - 1);
    return {"(" + inner.text + ")", inner.holds};
  }
  Source path() {
    const SlowPath p = random_path(random_);
    return {p.text,
            [p](const Json& item) -> Operand {
              const Json* found = at(item, p);
              return found ? Operand(*found) : std::nullopt;
            },
            p.text};
  }
  Source value(Json v) {
    const std::string name = ":v" + std::to_string(values.size());
    values[name] = v;
    return {name, [v](const Json&) -> Operand { return v; }, ""};
  }
  Source operand() {
    if (random_.below(2)) return value(random_.value(1));
    Source p = path();
    if (random_.below(4) != 0) return p;
    return {"size(" + p.text + ")", [p](const Json& item) { return slow_size(p.get(item)); }, ""};
  }

  Generated predicate() {
    Source a = path();
    Source b = operand();
    while (b.path == a.path) b = operand();
    switch (random_.below(9)) {
      case 0:
        return {"attribute_exists(" + a.text + ")", [a](const Json& i) { return a.get(i).has_value(); }};
      case 1:
        return {"attribute_not_exists (" + a.text + ")", [a](const Json& i) { return !a.get(i); }};
      case 2: {
        Source s = value({{"S", random_.one_of(Names{"", "a", "b"})}});
        return {"begins_with(" + a.text + ", " + s.text + ")", [a, s](const Json& i) {
                  const Operand x = a.get(i), y = s.get(i);
                  return x && x->contains("S") &&
                         (*x)["S"].get<std::string>().rfind((*y)["S"].get<std::string>(), 0) == 0;
                }};
      }
      case 3:
        return {"contains(" + a.text + "," + b.text + ")",
                [a, b](const Json& i) { return slow_contains(a.get(i), b.get(i)); }};
      case 4: {
        Source c = operand();
        return {a.text + " IN (" + b.text + "," + c.text + ")", [a, b, c](const Json& i) {
                  const Operand x = a.get(i), y = b.get(i), z = c.get(i);
                  return x && ((y && same(*x, *y)) || (z && same(*x, *z)));
                }};
      }
      case 5: {
        Source low = value({{"N", "-1"}}), high = value({{"N", "2"}});
        return {a.text + " BETWEEN " + low.text + " AND " + high.text, [a, low, high](const Json& i) {
                  const auto l = compared(a.get(i), low.get(i)), h = compared(a.get(i), high.get(i));
                  return l && h && *l >= 0 && *h <= 0;
                }};
      }
      case 6: {
        const std::string type = random_.one_of(Names{"S", "N", "L", "M", "SS", "BOOL", "NULL"});
        Source t = value({{"S", type}});
        return {"attribute_type(" + a.text + "," + t.text + ")",
                [a, type](const Json& i) { return a.get(i) && type_of(*a.get(i)) == type; }};
      }
      default:
        return comparison(a, b);
    }
  }

  Generated comparison(Source a, Source b) {
    const std::string symbol = random_.one_of(Names{"=", "<>", "<", "<=", ">", ">="});
    return {a.text + symbol + b.text, [a, b, symbol](const Json& i) {
              const Operand x = a.get(i), y = b.get(i);
              if (symbol == "=" || symbol == "<>") return (x && y && same(*x, *y)) == (symbol == "=");
              const auto by = compared(x, y);
              if (!by) return false;
              return symbol == "<" ? *by < 0 : symbol == "<=" ? *by <= 0 : symbol == ">" ? *by > 0 : *by >= 0;
            }};
  }

  Random& random_;
};

TEST(RandomExpressions, ConditionsAreWhatTheSlowEvaluatorSays) {
  Random random(20261129);
  std::size_t held = 0;
  for (int n = 0; n < 20'000; ++n) {
    Conditions conditions(random);
    const Generated generated = conditions.condition(3);
    const Json values = conditions.values.empty() ? Json() : conditions.values;
    std::optional<Condition> condition;
    try {
      Placeholders placeholders{Json(), values};
      condition = parse_condition("ConditionExpression", generated.text, placeholders);
    } catch (const ApiError& e) {
      // Values of types that a function does not take are refused; no other reason is generated.
      ASSERT_NE(e.message().find("Incorrect operand type"), std::string::npos)
          << generated.text << e.message();
      continue;
    }
    for (int i = 0; i < 5; ++i) {
      const Json item = random.item();
      const bool holds = generated.holds(item);
      held += holds ? 1 : 0;
      ASSERT_EQ(condition->holds(item_of(item)), holds) << generated.text << "\n" << item << "\n" << values;
    }
  }
  EXPECT_GT(held, 10'000u);
}

// ---- Updates of top-level attributes: a section each ----

// What the update makes of the item; nullopt: it is refused.
std::optional<Json> slow_update(Random& random, const Json& item, std::string& text, Json& values) {
  Json out = item;
  bool good = true;
  const auto value = [&](Json v) {
    const std::string name = ":v" + std::to_string(values.size());
    values[name] = std::move(v);
    return name;
  };
  const auto number = [](const Json& v) { return std::stoi(v["N"].get<std::string>()); };
  // SET a
  const std::string other = random.one_of(Names{"b", "c"});
  const Json n = {{"N", std::to_string(random.below(5))}};
  switch (random.below(4)) {
    case 0: {
      const Json v = random.value(1);
      text = "SET a = " + value(v);
      out["a"] = v;
      break;
    }
    case 1:
      text = "SET a = " + other + " - " + value(n);
      good = item.contains(other) && item[other].contains("N");
      if (good) out["a"] = {{"N", std::to_string(number(item[other]) - number(n))}};
      break;
    case 2:
      text = "SET a = if_not_exists(" + other + ", " + value(n) + ")";
      out["a"] = item.contains(other) ? item[other] : n;
      break;
    default: {
      const Json list = {{"L", Json::array({n})}};
      text = "SET a = list_append(" + other + "," + value(list) + ")";
      good = item.contains(other) && item[other].contains("L");
      if (good) {
        out["a"] = item[other];
        out["a"]["L"].push_back(n);
      }
    }
  }
  if (random.below(2)) {
    text += " REMOVE b";
    out.erase("b");
  }
  if (random.below(2)) {
    text += " ADD c " + value(n);
    const bool fits = !item.contains("c") || item["c"].contains("N");
    good = good && fits;
    if (fits) out["c"] = {{"N", std::to_string((item.contains("c") ? number(item["c"]) : 0) + number(n))}};
  }
  if (random.below(2)) {
    const Json set = {{"SS", random.set(Names{"a", "ab", "b"})}};
    text += " DELETE d " + value(set);
    if (item.contains("d")) {
      good = good && item["d"].contains("SS");
      std::set<std::string> left;
      if (item["d"].contains("SS"))
        for (const auto& member : item["d"]["SS"])
          if (std::count(set["SS"].begin(), set["SS"].end(), member) == 0)
            left.insert(member.get<std::string>());
      out.erase("d");
      if (!left.empty()) out["d"] = {{"SS", Json(left)}};
    }
  }
  return good ? std::optional(out) : std::nullopt;
}

TEST(RandomExpressions, UpdatesAreWhatTheSlowEvaluatorSays) {
  Random random(42);
  std::size_t done = 0;
  for (int n = 0; n < 100'000; ++n) {
    const Json item = random.item();
    std::string text;
    Json values = Json::object();
    const std::optional<Json> expected = slow_update(random, item, text, values);
    std::optional<Json> actual;
    try {
      Placeholders placeholders(Json(), values.empty() ? Json() : values);
      const Update update = parse_update(text, placeholders);
      Item changed = item_of(item);
      apply_update(update, changed);
      actual = Json(json_of(changed));
    } catch (const ApiError&) {
    }
    ASSERT_EQ(actual.has_value(), expected.has_value()) << text << "\n" << item << "\n" << values;
    if (!expected) continue;
    ++done;
    ASSERT_EQ(*actual, *expected) << text << "\n" << item << "\n" << values;
  }
  EXPECT_GT(done, 20'000u);
}

}  // namespace
}  // namespace millrace::dynamodb
