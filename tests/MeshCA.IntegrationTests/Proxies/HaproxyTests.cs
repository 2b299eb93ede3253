using System.IO;
using TestSupport;

namespace MeshCA.IntegrationTests.Proxies;

/// <summary>HAProxy of Debian, with docs/proxies/haproxy.cfg and meshca.lua.</summary>
public sealed class HaproxyTests : ProxyContract
{
    protected override int Undecided => 503;

    private protected override async Task<ProxyProcess> StartAsync(ProxyPorts ports, TemporaryDirectory directory)
    {
        var file = directory.File("haproxy.cfg");
        await File.WriteAllTextAsync(file, RepositoryFile.Read(
            "docs/proxies/haproxy.cfg", [.. ports.Changes, ("/etc/haproxy/meshca.lua", RepositoryFile.PathOf("docs/proxies/meshca.lua"))]));
        return await ProxyProcess.StartAsync(ports.Own, "/usr/sbin/haproxy", "-db", "-f", file);
    }
}
