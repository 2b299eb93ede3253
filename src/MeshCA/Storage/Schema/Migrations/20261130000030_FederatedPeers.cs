using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MeshCA.Storage.Schema.Migrations
{
    internal sealed partial class FederatedPeers : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "federated_peers",
                columns: table => new
                {
                    trust_domain = table.Column<string>(type: "TEXT", nullable: false),
                    url = table.Column<string>(type: "TEXT", nullable: true),
                    profile = table.Column<long>(type: "INTEGER", nullable: false),
                    endpoint_id = table.Column<string>(type: "TEXT", nullable: true),
                    identities = table.Column<string>(type: "TEXT", nullable: false),
                    document = table.Column<byte[]>(type: "BLOB", nullable: true),
                    accepted_us = table.Column<long>(type: "INTEGER", nullable: true),
                    checked_us = table.Column<long>(type: "INTEGER", nullable: true),
                    poll_key = table.Column<string>(type: "TEXT", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    created_us = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_federated_peers", x => x.trust_domain);
                });
        }

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "federated_peers");
        }
    }
}
