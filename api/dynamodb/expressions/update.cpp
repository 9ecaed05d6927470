#include "api/dynamodb/expressions/update.h"

#include <algorithm>
#include <iterator>

#include "api/dynamodb/errors.h"

namespace millrace::dynamodb {

namespace {

using Action = UpdateAction::Kind;

ApiError wrong_type(bool by_expression) {
  return invalid(by_expression ? "An operand in the update expression has an incorrect data type"
                               : "Type mismatch for attribute to update");
}
ApiError no_such_path() {
  return invalid("The document path provided in the update expression is invalid for update");
}

Number sum_of(const Number& a, const Number& b, bool subtract) {
  Number::Fault fault = Number::Fault::none;
  auto result = subtract ? Number::difference(a, b, fault) : Number::sum(a, b, fault);
  if (result) return *std::move(result);
  if (fault == Number::Fault::overflow)
    throw invalid("Number overflow. Attempting to store a number with magnitude larger than supported range");
  if (fault == Number::Fault::underflow)
    throw invalid(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range");
  throw invalid("Attempting to store more than 38 significant digits in a Number");
}

Value evaluate(const UpdateValue& v, const Item& item) {
  using Kind = UpdateValue::Kind;
  if (v.kind == Kind::value) return v.value;
  if (v.kind == Kind::path || v.kind == Kind::if_not_exists) {
    if (const Value* found = find(item, v.path)) return *found;
    if (v.kind == Kind::if_not_exists) return evaluate(v.operands[0], item);
    throw invalid("The provided expression refers to an attribute that does not exist in the item");
  }
  Value first = evaluate(v.operands[0], item);
  Value second = evaluate(v.operands[1], item);
  if (v.kind == Kind::list_append) {
    List* a = first.as<List>();
    List* b = second.as<List>();
    if (!a || !b) throw wrong_type(true);
    std::move(b->begin(), b->end(), std::back_inserter(*a));
    return first;
  }
  const Number* a = first.as<Number>();
  const Number* b = second.as<Number>();
  if (!a || !b) throw wrong_type(true);
  return {sum_of(*a, *b, v.kind == Kind::difference)};
}

template <class T>
bool unite(Value& value, const Value& more) {
  auto* set = value.as<SetOf<T>>();
  const auto* other = more.as<SetOf<T>>();
  if (!set || !other) return false;
  std::vector<T> all;
  std::set_union(set->members.begin(), set->members.end(), other->members.begin(), other->members.end(),
                 std::back_inserter(all));
  set->members = std::move(all);
  return true;
}

// False: other types. `empty`: nothing is left.
template <class T>
bool subtract(Value& value, const Value& less, bool& empty) {
  auto* set = value.as<SetOf<T>>();
  const auto* other = less.as<SetOf<T>>();
  if (!set || !other) return false;
  std::vector<T> left;
  std::set_difference(set->members.begin(), set->members.end(), other->members.begin(), other->members.end(),
                      std::back_inserter(left));
  set->members = std::move(left);
  empty = set->members.empty();
  return true;
}

void collect(const UpdateValue& value, std::vector<const Path*>& paths) {
  if (!value.path.empty()) paths.push_back(&value.path);
  for (const UpdateValue& operand : value.operands) collect(operand, paths);
}

class Application {
 public:
  Application(const Update& update, Item& item) : update_(update), item_(item) {}

  void run() {
    // Elements that are set behind the end of a list are appended in the order of their indexes.
    std::vector<Step> steps;
    for (const UpdateAction& action : update_.actions)
      steps.push_back({&action, action.kind == Action::remove ? Value() : evaluate(action.value, item_)});
    std::stable_sort(steps.begin(), steps.end(),
                     [](const Step& a, const Step& b) { return a.action->path < b.action->path; });
    for (Step& step : steps) take(step);
    // From the back, so that the indexes in front stay what they were.
    std::sort(removed_.begin(), removed_.end(), std::greater<>());
    for (const Path& path : removed_) remove(path);
  }

 private:
  struct Step {
    const UpdateAction* action;
    Value value;
  };

  void take(Step& step) {
    const Path& path = step.action->path;
    Value* present = dynamodb::find(item_, path);
    check_parent(path);
    switch (step.action->kind) {
      case Action::set:
        return present ? void(*present = std::move(step.value)) : insert(path, std::move(step.value));
      case Action::remove:
        return removed_.push_back(path);
      case Action::take_out:
        return present ? take_out(path, *present, step.value) : void();
      default:
        return present ? add(*present, std::move(step.value)) : insert(path, std::move(step.value));
    }
  }

  // The map or list that holds the last part of the path.
  Value* parent_of(const Path& path) { return dynamodb::find(item_, Path(path.begin(), path.end() - 1)); }

  void check_parent(const Path& path) {
    if (path.size() == 1) return;
    const Value* parent = parent_of(path);
    const bool by_name = std::holds_alternative<std::string>(path.back());
    if (!parent || (by_name ? !parent->as<Item>() : !parent->as<List>())) throw no_such_path();
  }

  void insert(const Path& path, Value value) {
    if (path.size() == 1) {
      item_.insert_or_assign(head_of(path), std::move(value));
      return;
    }
    Value* parent = parent_of(path);
    if (const auto* name = std::get_if<std::string>(&path.back()))
      parent->as<Item>()->insert_or_assign(*name, std::move(value));
    else
      parent->as<List>()->push_back(std::move(value));
  }

  void add(Value& present, Value more) {
    if (Number* number = present.as<Number>(); number && more.as<Number>()) {
      *number = sum_of(*number, *more.as<Number>(), false);
      return;
    }
    if (List* list = present.as<List>(); list && more.as<List>()) {
      std::move(more.as<List>()->begin(), more.as<List>()->end(), std::back_inserter(*list));
      return;
    }
    if (!unite<std::string>(present, more) && !unite<Number>(present, more) && !unite<Binary>(present, more))
      throw wrong_type(update_.by_expression);
  }

  void take_out(const Path& path, Value& present, const Value& less) {
    bool empty = false;
    if (!subtract<std::string>(present, less, empty) && !subtract<Number>(present, less, empty) &&
        !subtract<Binary>(present, less, empty))
      throw wrong_type(update_.by_expression);
    if (empty) removed_.push_back(path);
  }

  void remove(const Path& path) {
    if (path.size() == 1) {
      item_.erase(head_of(path));
      return;
    }
    Value* parent = parent_of(path);
    if (!parent) return;
    if (const auto* name = std::get_if<std::string>(&path.back())) {
      parent->as<Item>()->erase(*name);
      return;
    }
    List& list = *parent->as<List>();
    const std::size_t index = std::get<std::size_t>(path.back());
    if (index < list.size()) list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
  }

  const Update& update_;
  Item& item_;
  std::vector<Path> removed_;
};

}  // namespace

std::vector<Path> Update::paths() const {
  std::vector<Path> out;
  for (const UpdateAction& action : actions) out.push_back(action.path);
  return out;
}

void Update::collect_paths(std::vector<const Path*>& paths) const {
  for (const UpdateAction& action : actions) {
    paths.push_back(&action.path);
    collect(action.value, paths);
  }
}

std::optional<Type> fixed_type(const UpdateValue& value) {
  switch (value.kind) {
    case UpdateValue::Kind::value:
      return value.value.type();
    case UpdateValue::Kind::sum:
    case UpdateValue::Kind::difference:
      return Type::N;
    case UpdateValue::Kind::list_append:
      return Type::L;
    default:
      return std::nullopt;
  }
}

void apply_update(const Update& update, Item& item) { Application(update, item).run(); }

}  // namespace millrace::dynamodb
