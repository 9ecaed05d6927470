#include "server/net/body_stream.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "server/log.h"

namespace millrace::net {

boost::asio::awaitable<Piece> pull(BodyStream& body) {
  Piece piece;
  try {
    piece.data = co_await body.next();
    co_return piece;
  } catch (const boost::system::system_error& e) {
    if (e.code() != boost::asio::error::operation_aborted)
      log::error("stream_failed", {{"reason", e.what()}});
  } catch (const std::exception& e) {
    log::error("stream_failed", {{"reason", e.what()}});
  }
  piece.failed = true;
  co_return piece;
}

}  // namespace millrace::net
