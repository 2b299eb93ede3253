using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MeshCA.Storage.Schema.Migrations
{
    internal sealed partial class PolicyTables : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "policies",
                columns: table => new
                {
                    role = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<long>(type: "INTEGER", nullable: false),
                    @namespace = table.Column<string>(name: "namespace", type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    revision = table.Column<long>(type: "INTEGER", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    text_hash = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_policies", x => new { x.role, x.kind, x.@namespace, x.name });
                });

            migrationBuilder.CreateTable(
                name: "policy_texts",
                columns: table => new
                {
                    hash = table.Column<string>(type: "TEXT", nullable: false),
                    text = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_policy_texts", x => x.hash);
                });
        }

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "policies");

            migrationBuilder.DropTable(
                name: "policy_texts");
        }
    }
}
