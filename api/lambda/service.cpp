#include "api/lambda/service.h"

#include "api/core/protocols/codec.h"
#include "api/core/protocols/rest_json.h"
#include "api/lambda/errors.h"
#include "api/lambda/functions/code.h"
#include "api/lambda/functions/function_rows.h"
#include "api/lambda/urls/function_url.h"

namespace millrace::lambda {

extern const Operation kAddLayerVersionPermission, kAddPermission, kCreateAlias, kCreateEventSourceMapping,
    kCreateFunction, kCreateFunctionUrlConfig, kDeleteAlias, kDeleteEventSourceMapping, kDeleteFunction,
    kDeleteFunctionConcurrency, kDeleteFunctionEventInvokeConfig, kDeleteFunctionUrlConfig,
    kGetAccountSettings, kGetAlias, kGetEventSourceMapping, kGetFunction, kGetFunctionCodeSigningConfig,
    kGetFunctionConcurrency, kGetFunctionConfiguration, kGetFunctionEventInvokeConfig, kGetFunctionUrlConfig,
    kGetRuntimeManagementConfig, kInvoke, kListAliases, kListEventSourceMappings,
    kListFunctionEventInvokeConfigs, kListFunctionUrlConfigs, kListFunctions, kListTags,
    kListVersionsByFunction, kPublishVersion, kPutFunctionConcurrency, kPutFunctionEventInvokeConfig,
    kDeleteLayerVersion, kGetLayerVersion, kGetLayerVersionByArn, kGetLayerVersionPolicy, kGetPolicy,
    kListLayers, kListLayerVersions, kPublishLayerVersion, kRemoveLayerVersionPermission, kRemovePermission,
    kTagResource, kUntagResource, kUpdateAlias, kUpdateEventSourceMapping, kUpdateFunctionCode,
    kUpdateFunctionConfiguration, kUpdateFunctionEventInvokeConfig, kUpdateFunctionUrlConfig;

namespace {

const Operation* const kOperations[] = {
    &kInvoke,  // the most asked for: found first
    &kAddLayerVersionPermission,
    &kAddPermission,
    &kCreateAlias,
    &kCreateEventSourceMapping,
    &kCreateFunction,
    &kCreateFunctionUrlConfig,
    &kDeleteAlias,
    &kDeleteEventSourceMapping,
    &kDeleteFunction,
    &kDeleteFunctionConcurrency,
    &kDeleteFunctionEventInvokeConfig,
    &kDeleteFunctionUrlConfig,
    &kDeleteLayerVersion,
    &kGetAccountSettings,
    &kGetAlias,
    &kGetEventSourceMapping,
    &kGetFunction,
    &kGetFunctionCodeSigningConfig,
    &kGetFunctionConcurrency,
    &kGetFunctionConfiguration,
    &kGetFunctionEventInvokeConfig,
    &kGetFunctionUrlConfig,
    &kGetLayerVersion,
    &kGetLayerVersionByArn,  // before ListLayers, whose path it has
    &kGetLayerVersionPolicy,
    &kGetPolicy,
    &kGetRuntimeManagementConfig,
    &kListAliases,
    &kListEventSourceMappings,
    &kListFunctionEventInvokeConfigs,
    &kListFunctionUrlConfigs,
    &kListFunctions,
    &kListLayerVersions,
    &kListLayers,
    &kListTags,
    &kListVersionsByFunction,
    &kPublishLayerVersion,
    &kPublishVersion,
    &kPutFunctionConcurrency,
    &kPutFunctionEventInvokeConfig,
    &kRemoveLayerVersionPermission,
    &kRemovePermission,
    &kTagResource,
    &kUntagResource,
    &kUpdateAlias,
    &kUpdateEventSourceMapping,
    &kUpdateFunctionCode,
    &kUpdateFunctionConfiguration,
    &kUpdateFunctionEventInvokeConfig,
    &kUpdateFunctionUrlConfig,
};

constexpr const char* kPathPrefixes[] = {"/2015-03-31/",
                                         "/2016-08-19/account-settings",
                                         "/2017-10-31/functions/",
                                         "/2019-09-30/functions/",
                                         "/2019-09-25/functions/",
                                         "/2021-10-31/functions/",
                                         "/2017-03-31/tags/",
                                         "/2020-06-30/functions/",
                                         "/2021-07-20/functions/",
                                         "/2018-10-31/layers",
                                         "/_lambda/"};

}  // namespace

std::span<const Operation* const> operations() { return kOperations; }

const ServiceModel& service_model() {
  static constexpr ServiceModel kModel{
      .name = "lambda", .protocols = bit_of(Protocol::rest_json), .operations = kOperations};
  return kModel;
}
const ServiceModel& Lambda::model() const { return service_model(); }
std::span<const char* const> path_prefixes() { return kPathPrefixes; }

Lambda::Lambda(asio::any_io_executor executor, storage::Catalog& catalog, CodeStore& the_code,
               FunctionRunner& the_runner, MappingParts the_mapping_parts, const Clock& the_clock,
               Probes& probes, LambdaOptions the_options)
    : code(the_code),
      runner(the_runner),
      mapping_parts(the_mapping_parts),
      clock(the_clock),
      options(std::move(the_options)),
      functions(catalog),
      layers(catalog),
      mappings(catalog),
      events(std::move(executor), catalog, functions, runner, mapping_parts.destinations, clock, probes,
             options.events) {}

asio::awaitable<HttpResponse> Lambda::handle(Request& request) {
  request.model = &service_model();
  request.protocol = Protocol::rest_json;
  const std::string_view path = request.http.path();
  if (path.starts_with(kCodeLinkPrefix)) {  // the link is its own permission
    request.operation = "(code link)";
    std::string token = percent_decode(path.substr(kCodeLinkPrefix.size()));
    co_return co_await download_code(*this, std::move(token));
  }
  if (path.starts_with(kFunctionUrlPrefix)) {  // so is the URL
    request.operation = "(function URL)";
    co_return co_await serve_url(*this, request);
  }
  HttpResponse response = co_await handle_rest_json(*request.model, this, request);
  const auto* text = std::get_if<std::string>(&response.body);
  if (text && !text->empty()) response.headers.set("Content-Type", "application/json");
  co_return response;
}

void Lambda::check_role(const std::optional<std::string>& role) const {
  if (role && options.can_assume && !options.can_assume(*role)) throw role_not_assumable();
}

std::shared_ptr<const std::string> Lambda::policy_document(const Resource& resource) const {
  const std::size_t colon = resource.name.find(':');
  const std::string name = resource.name.substr(0, colon);
  const std::string behind = colon == std::string::npos ? "" : resource.name.substr(colon + 1);
  if (resource.type == "function")
    return document_of(
        functions.policy(resource.account, resource.region, name, behind.empty() ? kLatest : behind));
  if (resource.type != "layer" || !is_version_number(behind)) return nullptr;
  return document_of(layers.policy(resource.account, resource.region, name, std::stoull(behind)));
}

ApiError Lambda::internal_failure() const { return internal(); }

// AWS's limit of a request that brings code; Invoke's own is lower.
std::uint64_t Lambda::max_body() const { return 70167211; }
ApiError Lambda::too_large() const { return request_too_large(); }

asio::awaitable<void> Lambda::start() {
  co_await functions.keep_seal();
  // A row that cannot be read may name an archive that no other does.
  if (!functions.unreadable().empty() || !layers.unreadable().empty()) co_return;
  std::function<bool(const std::string&, const std::string&)> used = [this](const std::string& account,
                                                                            const std::string& sha256) {
    return code_in_use(*this, account, sha256);
  };
  co_await code.sweep(std::move(used));
}

}  // namespace millrace::lambda
