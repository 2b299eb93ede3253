using System.IO;
using TestSupport;

namespace MeshCA.IntegrationTests.Proxies;

/// <summary>nginx of Debian, with <c>auth_request</c> as docs/proxies/nginx.conf has it.</summary>
public sealed class NginxTests : ProxyContract
{
    protected override int Undecided => 500;

    private protected override async Task<ProxyProcess> StartAsync(ProxyPorts ports, TemporaryDirectory directory)
    {
        await File.WriteAllTextAsync(directory.File("meshca.conf"), RepositoryFile.Read("docs/proxies/nginx.conf", ports.Changes));

        // What surrounds it in Debian's nginx.conf, in one process and for any user.
        var temporary = string.Concat(
            new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path {directory.File(kind)};\n"));
        var main = directory.File("nginx.conf");
        await File.WriteAllTextAsync(main, $$"""
            daemon off;
            master_process off;
            pid {{directory.File("nginx.pid")}};
            events { worker_connections 64; }
            http {
            access_log off;
            {{temporary}}
            include {{directory.File("meshca.conf")}};
            }
            """);
        return await ProxyProcess.StartAsync(ports.Own, "/usr/sbin/nginx", "-p", directory.Path, "-c", main, "-e", "stderr");
    }
}
