using Grpc.Core;
using MeshCA.Rpc.Administration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Rpc.Administration;

public sealed class AdminAuditTests
{
    [Fact]
    public void An_order_that_a_guard_stopped_is_no_order_that_was_carried_out()
    {
        var store = new MemoryStore();
        using var meters = new TestMeterFactory();
        using var audit = new AdminAudit(store, new AdminMetrics(meters), new ManualTimeProvider(), NullLogger<AdminAudit>.Instance);
        audit.Ended("/method", "uid:0", StatusCode.OK, isAudited: true);
        audit.Ended("/method", "uid:0", StatusCode.OK, isAudited: true, new GuardedCall("not met: Holders"));
        Assert.Equal([("ok", ""), ("refused", "not met: Holders")], store.Audit.Select(e => (e.Outcome, e.Detail)));
    }
}
